package bitlockertest

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Image is a real volume and what images.conf says of it: CIPHER, GUID, PW, RP, RP_VMK_GUID,
// SHA256SUM of its content.
type Image struct {
	Name, Path string
	Says       map[string]string
}

// Images are the volumes; without them the test is skipped.
func Images(tb testing.TB) []Image {
	tb.Helper()
	dir := os.Getenv("BOOTMEND_BITLK")
	if dir == "" {
		tb.Skip("SKIP-DATA: BOOTMEND_BITLK names no folder with the volumes of cryptsetup's tests (builder/bitlk.sh)")
	}
	f, err := os.Open(filepath.Join(dir, "images.conf"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	var all []Image
	for s := bufio.NewScanner(f); s.Scan(); {
		line := strings.TrimSpace(s.Text())
		if name := strings.Trim(line, "[]"); name != line {
			all = append(all, Image{name, filepath.Join(dir, name+".img"), map[string]string{}})
		} else if key, value, ok := strings.Cut(line, "="); ok && len(all) > 0 {
			all[len(all)-1].Says[key] = value
		}
	}
	return all
}
