package deliver

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// blockType is that of the PEM block.
const blockType = "BOOTMEND REPORT"

// maxReport bounds what Cut unpacks.
const maxReport = 64 << 20

// Frame is the report as it goes over a serial port.
func Frame(report []byte) ([]byte, error) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(report); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(report)
	return pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: packed.Bytes(), Headers: map[string]string{
		"Content-Type": "application/json", "Content-Encoding": "gzip",
		"Length": strconv.Itoa(len(report)), "SHA-256": hex.EncodeToString(sum[:]),
	}}), nil
}

// ErrNoReport: the console's log has no report in it.
var ErrNoReport = errors.New("there is no report in it")

// Cut takes the last report out of what a console said, and proves that it is
// whole.
func Cut(console []byte) ([]byte, error) {
	// What moves the cursor may stand before the first line.
	begin := []byte("-----BEGIN " + blockType + "-----")
	at := bytes.LastIndex(console, begin)
	if at < 0 {
		return nil, ErrNoReport
	}
	block, _ := pem.Decode(bytes.ReplaceAll(console[at:], []byte("\r"), nil))
	if block == nil || block.Type != blockType {
		return nil, errors.New("the report was cut off or other text was written into it")
	}
	length, err := strconv.ParseInt(block.Headers["Length"], 10, 64)
	if err != nil || length < 0 || length > maxReport {
		return nil, fmt.Errorf("the report's length %q is none", block.Headers["Length"])
	}
	z, err := gzip.NewReader(bytes.NewReader(block.Bytes))
	if err != nil {
		return nil, fmt.Errorf("the report is damaged: %w", err)
	}
	report, err := io.ReadAll(io.LimitReader(z, length+1))
	if err != nil {
		return nil, fmt.Errorf("the report is damaged: %w", err)
	}
	sum := sha256.Sum256(report)
	if int64(len(report)) != length || !strings.EqualFold(block.Headers["SHA-256"], hex.EncodeToString(sum[:])) {
		return nil, errors.New("the report is damaged: its length or its SHA-256 is another")
	}
	return report, nil
}
