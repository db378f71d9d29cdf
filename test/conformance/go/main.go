// Command conformance reads what Amanat serves with code that nobody of Amanat wrote: Go's sumdb/note and
// sumdb/tlog, and the C2SP implementations filippo.io/torchwood and transparency-dev/formats.
//
//	conformance log DIR [EVERY]   checks a log that lies in DIR as it is served
//	conformance receipts DIR      checks the receipts in DIR against the entries beside them
//	conformance client URL TOKEN  reads a running log from beginning to end as an auditor
//	conformance sign              prints notes and receipts that Go made, as JSON
//	conformance judge             reads JSON notes, receipts and keys from stdin, prints which of them Go takes
//
// It prints JSON and ends with 0, or prints one line of what is wrong and ends with 1.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
)

func main() {
	result, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) (any, error) {
	switch {
	case len(args) == 2 && args[0] == "log":
		return checkLog(args[1], 1)
	case len(args) == 3 && args[0] == "log":
		every, err := strconv.ParseInt(args[2], 10, 64)
		if err != nil || every < 1 {
			return nil, fmt.Errorf("not a step: %s", args[2])
		}
		return checkLog(args[1], every)
	case len(args) == 2 && args[0] == "receipts":
		return checkReceipts(args[1])
	case len(args) == 3 && args[0] == "client":
		return readRunning(args[1], args[2])
	case len(args) == 1 && args[0] == "sign":
		return sign()
	case len(args) == 1 && args[0] == "judge":
		return judge(os.Stdin)
	}
	return nil, errors.New("usage: conformance log|receipts|client|sign|judge")
}
