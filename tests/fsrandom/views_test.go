package fsrandom

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	ours "github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// foreign are the programs that others wrote.
var foreign = tool.Env{tool.UTF8, tool.Mtools}

// fsView is the volume as our own reader sees it.
func fsView(tb testing.TB, v ours.FS) view {
	tb.Helper()
	out := view{}
	var walk func(dir string)
	walk = func(dir string) {
		list, err := v.ReadDir(`\` + dir)
		if errors.Is(err, ours.ErrUnsupported) {
			return
		}
		if err != nil {
			tb.Errorf("ReadDir %q: %v", dir, err)
			return
		}
		for _, i := range list {
			p := dir + i.Name
			if i.IsDir() {
				out[p] = item{dir: true}
				walk(p + "/")
				continue
			}
			f, err := v.Open(`\` + p)
			if errors.Is(err, ours.ErrUnsupported) {
				out[p] = item{size: i.Size}
				continue
			}
			if err != nil {
				tb.Errorf("Open %q: %v", p, err)
				continue
			}
			n := f.Info().Size
			h := sha256.New()
			if _, err := io.Copy(h, io.NewSectionReader(f, 0, n)); err != nil {
				tb.Errorf("read %q: %v", p, err)
			}
			out[p] = item{size: n, hash: [32]byte(h.Sum(nil))}
		}
	}
	walk("")
	return out
}

// mounted calls fn while the volume is mounted read-only by ntfs-3g.
func mounted(tb testing.TB, image string, fn func(dir string)) {
	tb.Helper()
	volume.Mount(tb, image, "ro,streams_interface=none,compression", fn)
}

// diskTree reads a mounted volume, or a copy of one.
func diskTree(tb testing.TB, root string, attrs bool) (view, map[string][]byte) {
	tb.Helper()
	out, contents := view{}, map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		rel := strings.TrimPrefix(strings.TrimPrefix(path, root), "/")
		if err != nil || rel == "" {
			return err
		}
		it := item{dir: e.IsDir()}
		if attrs {
			var b [4]byte
			if _, err := unix.Lgetxattr(path, "system.ntfs_attrib", b[:]); err == nil {
				it.attrs = ours.Attributes(binary.LittleEndian.Uint32(b[:])) & settable
			}
		}
		if e.Type().IsRegular() {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			it.size, it.hash = int64(len(b)), sha256.Sum256(b)
			contents[rel] = b
		} else if !e.IsDir() {
			it.special = true
		}
		out[rel] = it
		return nil
	})
	if err != nil {
		tb.Errorf("%s: %v", root, err)
	}
	return out, contents
}

// load makes a model of what a volume holds before the run.
func load(tb testing.TB, image string) *node {
	tb.Helper()
	root := newDir("")
	mounted(tb, image, func(dir string) {
		v, contents := diskTree(tb, dir, true)
		nodes := map[string]*node{"": root}
		paths := make([]string, 0, len(v))
		for p := range v {
			paths = append(paths, p)
		}
		slices.SortFunc(paths, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") })
		for _, p := range paths {
			dir, name := "", p
			if i := strings.LastIndexByte(p, '/'); i >= 0 {
				dir, name = p[:i], p[i+1:]
			}
			n := &node{name: name, foreign: true, attrs: v[p].attrs}
			if v[p].dir {
				n.children = map[string]*node{}
			} else {
				n.setContent(contents[p])
			}
			nodes[p] = n
			nodes[dir].add(n)
		}
	})
	return root
}
