package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"filippo.io/torchwood"
	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

// question is a text that may be hostile, and what a reader of it trusts.
type question struct {
	Kind string `json:"kind"` // "checkpoint", "receipt" or "vkey"
	// Text is base64 in the JSON: it need not be UTF-8.
	Text      []byte   `json:"text"`
	Entry     []byte   `json:"entry"`
	Logs      []string `json:"logs"`
	Witnesses []string `json:"witnesses"`
}

// judge says of each question whether Go takes the text.
func judge(input io.Reader) ([]bool, error) {
	var questions []question
	if err := json.NewDecoder(input).Decode(&questions); err != nil {
		return nil, err
	}
	verdicts := make([]bool, len(questions))
	for i, q := range questions {
		taken, err := takes(q)
		if err != nil {
			return nil, err
		}
		verdicts[i] = taken
	}
	return verdicts, nil
}

func takes(q question) (bool, error) {
	var trusted []note.Verifier
	for _, vkey := range q.Logs {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return false, err
		}
		trusted = append(trusted, verifier)
	}
	for _, vkey := range q.Witnesses {
		verifier, err := fnote.NewVerifierForCosignatureV1(vkey)
		if err != nil {
			return false, err
		}
		trusted = append(trusted, verifier)
	}
	verifiers := note.VerifierList(trusted...)
	switch q.Kind {
	case "checkpoint":
		return isSignedByItsLog(q.Text, verifiers), nil
	case "receipt":
		return checkReceipt(q.Text, q.Entry, verifiers) == nil, nil
	case "vkey":
		_, err := note.NewVerifier(string(q.Text))
		return err == nil, nil
	}
	return false, fmt.Errorf("no such kind: %q", q.Kind)
}

func isSignedByItsLog(text []byte, verifiers note.Verifiers) bool {
	opened, err := note.Open(text, verifiers)
	if err != nil {
		return false
	}
	checkpoint, err := torchwood.ParseCheckpoint(opened.Text)
	return err == nil && slices.ContainsFunc(opened.Sigs, func(signature note.Signature) bool {
		return signature.Name == checkpoint.Origin
	})
}
