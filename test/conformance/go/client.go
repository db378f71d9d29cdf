package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
)

// bearer adds the token of an auditor, whom alone the log lets read its entries.
type bearer struct{ token string }

func (b bearer) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", "Bearer "+b.token)
	return http.DefaultTransport.RoundTrip(request)
}

// readRunning reads a log at a prefix ("http://127.0.0.1:8080/log") as torchwood's client reads any C2SP log, and
// gives its entries, each as text. The last is also asked for by its index, with its proof.
func readRunning(prefix, token string) (any, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	fetcher, err := torchwood.NewTileFetcher(prefix, torchwood.WithHTTPClient(&http.Client{Transport: bearer{token}}))
	if err != nil {
		return nil, err
	}
	vkey, err := fetcher.ReadEndpoint(ctx, "vkey")
	if err != nil {
		return nil, err
	}
	verifier, err := note.NewVerifier(string(vkey[:max(0, len(vkey)-1)]))
	if err != nil {
		return nil, err
	}
	text, err := fetcher.ReadEndpoint(ctx, "checkpoint")
	if err != nil {
		return nil, err
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return nil, err
	}
	checkpoint, err := torchwood.ParseCheckpoint(opened.Text)
	if err != nil {
		return nil, err
	}
	client, err := torchwood.NewClient(fetcher)
	if err != nil {
		return nil, err
	}
	var entries []string
	// It leaves a partial bundle at the end to the next call.
	for before := -1; before < len(entries); {
		before = len(entries)
		for index, entry := range client.Entries(ctx, checkpoint.Tree, int64(before)) {
			if index != int64(len(entries)) {
				return nil, fmt.Errorf("entry %d came as %d", len(entries), index)
			}
			entries = append(entries, string(entry))
		}
		if err := client.Err(); err != nil {
			return nil, err
		}
	}
	last, _, err := client.Entry(ctx, checkpoint.Tree, checkpoint.N-1)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"origin": checkpoint.Origin, "size": checkpoint.N, "entries": entries, "last": string(last),
		"others": len(opened.UnverifiedSigs),
	}, nil
}
