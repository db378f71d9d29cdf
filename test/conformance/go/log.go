package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"filippo.io/torchwood"
	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// counts is how much of a log was checked.
type counts struct {
	Checkpoints  int `json:"checkpoints"`
	Cosignatures int `json:"cosignatures"`
	Entries      int `json:"entries"`
	Inclusions   int `json:"inclusions"`
	Consistency  int `json:"consistency"`
}

// checkLog checks every checkpoint of a log in a folder, each by itself: the note opens, the hash of all leaves is
// its root, and of every index and every smaller size (or one in so many) the proof from its tiles holds.
func checkLog(dir string, every int64) (*counts, error) {
	verifiers, err := readVerifiers(dir)
	if err != nil {
		return nil, err
	}
	trees, cosignatures, err := readCheckpoints(dir, verifiers)
	if err != nil {
		return nil, err
	}
	done := &counts{Checkpoints: len(trees), Cosignatures: cosignatures}
	tiles := newFolder(dir)
	largest := trees[len(trees)-1].N
	leaves, err := tiles.leaves(largest)
	if err != nil {
		return nil, err
	}
	if done.Entries, err = tiles.checkEntries(leaves); err != nil {
		return nil, err
	}
	roots, err := rootsOf(leaves)
	if err != nil {
		return nil, err
	}
	for _, tree := range trees {
		if roots[tree.N] != tree.Hash {
			return nil, fmt.Errorf("the root of %d is not the hash of its leaves", tree.N)
		}
		reader := tlog.TileHashReader(tree, tiles)
		for index := int64(0); index < tree.N; index += every {
			proof, err := tlog.ProveRecord(tree.N, index, reader)
			if err != nil {
				return nil, fmt.Errorf("leaf %d of %d: %w", index, tree.N, err)
			}
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaves[index]); err != nil {
				return nil, fmt.Errorf("leaf %d of %d: %w", index, tree.N, err)
			}
			done.Inclusions++
		}
		for older := int64(1); older <= tree.N; older += every {
			proof, err := tlog.ProveTree(tree.N, older, reader)
			if err != nil {
				return nil, fmt.Errorf("%d within %d: %w", older, tree.N, err)
			}
			if err := tlog.CheckTree(proof, tree.N, tree.Hash, older, roots[older]); err != nil {
				return nil, fmt.Errorf("%d within %d: %w", older, tree.N, err)
			}
			done.Consistency++
		}
	}
	return done, nil
}

// readVerifiers reads the key of the log from "vkey" and those of its witnesses from the lines of "witnesses".
func readVerifiers(dir string) (note.Verifiers, error) {
	text, err := os.ReadFile(filepath.Join(dir, "vkey"))
	if err != nil {
		return nil, err
	}
	log, err := note.NewVerifier(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, err
	}
	all := []note.Verifier{log}
	witnesses, err := os.ReadFile(filepath.Join(dir, "witnesses"))
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	for _, vkey := range strings.Fields(string(witnesses)) {
		witness, err := fnote.NewVerifierForCosignatureV1(vkey)
		if err != nil {
			return nil, err
		}
		all = append(all, witness)
	}
	return note.VerifierList(all...), nil
}

// readCheckpoints opens every note in "checkpoints/", smallest tree first, and counts the cosignatures on them.
func readCheckpoints(dir string, verifiers note.Verifiers) ([]tlog.Tree, int, error) {
	files, err := os.ReadDir(filepath.Join(dir, "checkpoints"))
	if err != nil {
		return nil, 0, err
	}
	var trees []tlog.Tree
	cosignatures := 0
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(dir, "checkpoints", file.Name()))
		if err != nil {
			return nil, 0, err
		}
		tree, more, err := openCheckpoint(text, verifiers)
		if err != nil {
			return nil, 0, fmt.Errorf("checkpoint %s: %w", file.Name(), err)
		}
		if file.Name() != strconv.FormatInt(tree.N, 10) {
			return nil, 0, fmt.Errorf("checkpoint %s is of %d", file.Name(), tree.N)
		}
		trees = append(trees, tree)
		cosignatures += more
	}
	if len(trees) == 0 {
		return nil, 0, fmt.Errorf("no checkpoints in %s", dir)
	}
	slices.SortFunc(trees, func(a, b tlog.Tree) int { return int(a.N - b.N) })
	return trees, cosignatures, nil
}

// openCheckpoint opens a note on which nothing is signed by an unknown key, the log's own signature being the first.
func openCheckpoint(text []byte, verifiers note.Verifiers) (tlog.Tree, int, error) {
	opened, err := note.Open(text, verifiers)
	if err != nil {
		return tlog.Tree{}, 0, err
	}
	if len(opened.UnverifiedSigs) > 0 {
		return tlog.Tree{}, 0, fmt.Errorf("%d signatures by keys that are not told", len(opened.UnverifiedSigs))
	}
	checkpoint, err := torchwood.ParseCheckpoint(opened.Text)
	if err != nil {
		return tlog.Tree{}, 0, err
	}
	if checkpoint.Origin != opened.Sigs[0].Name {
		return tlog.Tree{}, 0, fmt.Errorf("of %s, signed by %s", checkpoint.Origin, opened.Sigs[0].Name)
	}
	return checkpoint.Tree, len(opened.Sigs) - 1, nil
}

// rootsOf gives the root of the tree at every size.
func rootsOf(leaves []tlog.Hash) ([]tlog.Hash, error) {
	reader := hashesOf(leaves)
	roots := make([]tlog.Hash, len(leaves)+1)
	for n := range leaves {
		var err error
		if roots[n+1], err = tlog.TreeHash(int64(n+1), reader); err != nil {
			return nil, err
		}
	}
	return roots, nil
}

// hashesOf hashes the leaves into a tree, as Go's own log would store it.
func hashesOf(leaves []tlog.Hash) tlog.HashReader {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			if index >= int64(len(stored)) {
				return nil, fmt.Errorf("no hash %d", index)
			}
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for n, leaf := range leaves {
		hashes, err := tlog.StoredHashesForRecordHash(int64(n), leaf, reader)
		if err != nil {
			panic(err) // It reads but what was stored before it.
		}
		stored = append(stored, hashes...)
	}
	return reader
}
