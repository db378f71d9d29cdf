package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const receiptSuffix = ".tlog-proof"

// checkReceipts checks each "receipts/<name>.tlog-proof" for the entry "receipts/<name>".
func checkReceipts(dir string) (any, error) {
	verifiers, err := readVerifiers(dir)
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(dir, "receipts", "*"+receiptSuffix))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		receipt, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		entry, err := os.ReadFile(strings.TrimSuffix(path, receiptSuffix))
		if err != nil {
			return nil, err
		}
		if err := checkReceipt(receipt, entry, verifiers); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
	}
	return map[string]int{"receipts": len(paths)}, nil
}

func checkReceipt(receipt, entry []byte, verifiers note.Verifiers) error {
	var parsed proof.TLogProof
	if err := parsed.Unmarshal(receipt); err != nil {
		return err
	}
	if !bytes.Equal(parsed.Marshal(), receipt) {
		return fmt.Errorf("written again it is another text")
	}
	tree, _, err := openCheckpoint(parsed.Checkpoint, verifiers)
	if err != nil {
		return err
	}
	hashes := make(tlog.RecordProof, len(parsed.Hashes))
	for i, hash := range parsed.Hashes {
		hashes[i] = hash
	}
	return tlog.CheckRecord(hashes, tree.N, tree.Hash, int64(parsed.Index), tlog.RecordHash(entry))
}
