package deb

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The common format of ar(5): a global magic, then for each member a header of
// 60 bytes, its data, and a newline if the data's length is odd.
const (
	arMagic    = "!<arch>\n"
	arHeader   = 60
	arName     = 0  // 16 bytes, padded with blanks; GNU ends it with "/"
	arSize     = 48 // 10 bytes, decimal, padded with blanks
	arEnd      = 58 // 2 bytes
	arEndMagic = "`\n"
)

// member positions r at the data of the first ar member whose name starts with
// prefix and returns the name and the data.
func member(r io.Reader, prefix string) (name string, data io.Reader, err error) {
	magic := make([]byte, len(arMagic))
	if _, err := io.ReadFull(r, magic); err != nil || string(magic) != arMagic {
		return "", nil, fmt.Errorf("no ar archive: starts with %q", magic)
	}
	off := int64(len(arMagic))
	for {
		var h [arHeader]byte
		if _, err := io.ReadFull(r, h[:]); err == io.EOF {
			return "", nil, fmt.Errorf("ar archive has no member %s*", prefix)
		} else if err != nil {
			return "", nil, fmt.Errorf("ar header at %d: %w", off, err)
		}
		name, size, err := parseHeader(h[:])
		if err != nil {
			return "", nil, fmt.Errorf("ar header at %d: %w", off, err)
		}
		if strings.HasPrefix(name, prefix) {
			return name, io.LimitReader(r, size), nil
		}
		skip := size + size&1
		if _, err := io.CopyN(io.Discard, r, skip); err != nil {
			return "", nil, fmt.Errorf("ar member %s: %w", name, err)
		}
		off += arHeader + skip
	}
}

func parseHeader(h []byte) (name string, size int64, err error) {
	if string(h[arEnd:arEnd+2]) != arEndMagic {
		return "", 0, fmt.Errorf("ends with %q, not %q", h[arEnd:arEnd+2], arEndMagic)
	}
	size, err = strconv.ParseInt(string(bytes.TrimRight(h[arSize:arEnd], " ")), 10, 64)
	if err != nil || size < 0 {
		return "", 0, fmt.Errorf("size %q", h[arSize:arEnd])
	}
	return strings.TrimSuffix(strings.TrimRight(string(h[arName:arName+16]), " "), "/"), size, nil
}
