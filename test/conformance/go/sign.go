package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"

	"filippo.io/torchwood"
	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "go.example/log"

// signed is a note that Go made, and what a reader of it is told of its keys.
type signed struct {
	Name string `json:"name"`
	Note string `json:"note"`
	// Logs and Witnesses are verifier keys whose signatures are on the note, in that order.
	Logs      []string `json:"logs"`
	Witnesses []string `json:"witnesses"`
	// IsCheckpoint is whether the text is one.
	IsCheckpoint bool `json:"isCheckpoint"`
}

type issued struct {
	Name    string   `json:"name"`
	Receipt string   `json:"receipt"`
	Entry   string   `json:"entry"`
	Logs    []string `json:"logs"`
}

type party struct {
	signer note.Signer
	vkey   string
}

// sign makes notes and receipts with Go's own code, for the parsers that are not Go's.
func sign() (any, error) {
	notes, err := signNotes()
	if err != nil {
		return nil, err
	}
	receipts, err := issueReceipts()
	if err != nil {
		return nil, err
	}
	return map[string]any{"notes": notes, "receipts": receipts}, nil
}

func signNotes() ([]signed, error) {
	log, next, other := newLog(origin), newLog(origin), newLog("other.example/log")
	one, two, three := newWitness("one.example"), newTorchwoodWitness("two.example/w"), newWitness("three.example")
	quantum, err := newQuantumWitness("quantum.example")
	if err != nil {
		return nil, err
	}
	head := torchwood.Checkpoint{Origin: origin, Tree: tlog.Tree{N: 70000, Hash: tlog.RecordHash([]byte("x"))}}
	extended := head
	extended.Extension = "an extension\n— not a signature\n"
	many := make([]party, 0, 40)
	for i := range 40 {
		many = append(many, newWitness(fmt.Sprintf("witness-%d.example", i)))
	}
	cases := []struct {
		name      string
		text      string
		logs      []party
		witnesses []party
		strangers []party
	}{
		{"one signature", head.String(), []party{log}, nil, nil},
		{"extension lines", extended.String(), []party{log}, []party{one}, nil},
		{"two keys of one log", head.String(), []party{log, next}, nil, nil},
		{"a cosignature of transparency-dev/formats", head.String(), []party{log}, []party{one}, nil},
		{"a cosignature of torchwood", head.String(), []party{log}, []party{two}, nil},
		{"cosignatures of both, and of strangers", head.String(), []party{log}, []party{one, two}, []party{three, other}},
		{"a post-quantum cosignature, unknown here", head.String(), []party{log}, []party{one}, []party{quantum}},
		{"forty witnesses", head.String(), []party{log}, many, nil},
		{"a text with empty lines", "Not a checkpoint\n\n\n— nobody AAAA\n\nand more\n", []party{log}, nil, []party{other}},
		{"a text in other scripts", "امانت\nüñí 𝔘\n", []party{log}, nil, nil},
	}
	var notes []signed
	for _, c := range cases {
		var signers []note.Signer
		made := signed{Name: c.name, IsCheckpoint: c.text == head.String() || c.text == extended.String()}
		made.Logs, made.Witnesses = []string{}, []string{}
		for _, p := range c.logs {
			signers, made.Logs = append(signers, p.signer), append(made.Logs, p.vkey)
		}
		for _, p := range c.strangers {
			signers = append(signers, p.signer)
		}
		for _, p := range c.witnesses {
			signers, made.Witnesses = append(signers, p.signer), append(made.Witnesses, p.vkey)
		}
		text, err := note.Sign(&note.Note{Text: c.text}, signers...)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		made.Note = string(text)
		notes = append(notes, made)
	}
	return notes, nil
}

// issueReceipts proves each entry of a few small logs.
func issueReceipts() ([]issued, error) {
	log := newLog(origin)
	var receipts []issued
	for _, size := range []int64{1, 2, 3, 7, 8, 13} {
		var leaves []tlog.Hash
		for index := range size {
			leaves = append(leaves, tlog.RecordHash(entryAt(index)))
		}
		roots, err := rootsOf(leaves)
		if err != nil {
			return nil, err
		}
		head := torchwood.Checkpoint{Origin: origin, Tree: tlog.Tree{N: size, Hash: roots[size]}}
		checkpoint, err := note.Sign(&note.Note{Text: head.String()}, log.signer)
		if err != nil {
			return nil, err
		}
		reader := hashesOf(leaves)
		for index := range size {
			path, err := tlog.ProveRecord(size, index, reader)
			if err != nil {
				return nil, err
			}
			receipt := proof.TLogProof{Index: uint64(index), Checkpoint: checkpoint}
			for _, hash := range path {
				receipt.Hashes = append(receipt.Hashes, hash)
			}
			if index%2 == 1 {
				receipt.ExtraData = []byte("more, that nobody signs")
			}
			receipts = append(receipts, issued{
				Name:    fmt.Sprintf("%d of %d", index, size),
				Receipt: string(receipt.Marshal()),
				Entry:   string(entryAt(index)),
				Logs:    []string{log.vkey},
			})
		}
	}
	return receipts, nil
}

func entryAt(index int64) []byte { return fmt.Appendf(nil, `{"entry":%d}`, index) }

func newLog(name string) party {
	skey, vkey, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		panic(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		panic(err)
	}
	return party{signer, vkey}
}

// newWitness signs by transparency-dev/formats.
func newWitness(name string) party {
	skey, logKey, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		panic(err)
	}
	signer, err := fnote.NewSignerForCosignatureV1(skey)
	if err != nil {
		panic(err)
	}
	vkey, err := fnote.VKeyToCosignatureV1(logKey)
	if err != nil {
		panic(err)
	}
	return party{signer, vkey}
}

// newTorchwoodWitness signs by torchwood.
func newTorchwoodWitness(name string) party {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	signer, err := torchwood.NewCosignatureSigner(name, key)
	if err != nil {
		panic(err)
	}
	return party{signer, signer.Verifier().String()}
}

// newQuantumWitness signs by ML-DSA-44, a type of key (0x06) that C2SP added since.
func newQuantumWitness(name string) (party, error) {
	skey, vkey, err := fnote.GenerateMLDSAKey(name)
	if err != nil {
		return party{}, err
	}
	signer, err := fnote.NewSignerForCosignatureV1(skey)
	return party{signer, vkey}, err
}
