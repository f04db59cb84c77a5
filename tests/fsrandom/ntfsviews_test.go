package fsrandom

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/secondopinion"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
	"github.com/bootmend/bootmend/tests/oracle"
)

// ntfsJudge is everybody's view of an NTFS volume.
//
// What the others cannot do was tried on volumes made by ntfs-3g alone:
// libfsntfs 20200921 loses directory blocks unless clusters have their size of
// 4 KiB, and decodes characters beyond the BMP wrong. sleuthkit 4.11 does not
// open clusters of 2 MiB; with those above 4 KiB it finds the entries of all
// directory blocks but the first only as names of records ("-/r"); it lists
// blocks of a directory that are not in use, so that names which it has too
// many prove nothing.
type ntfsJudge struct {
	dev     *device
	cluster int64
	sample  int // files that go-ntfs and icat read
}

// step judges what the last operations touched, and that nothing else changed.
func (j *ntfsJudge) step(about scope.Scope) []string {
	defer j.dev.forget()
	ranges := j.dev.ranges()
	rep, err := check.Touched(old{j.dev}, j.dev, ranges)
	if err != nil {
		return []string{err.Error()}
	}
	within, err := check.Within(old{j.dev}, j.dev, ranges, about)
	if err != nil {
		return []string{err.Error()}
	}
	return append(problems(rep), problems(within)...)
}

func problems(rep *check.Report) []string {
	var all []string
	for i, p := range rep.Problems {
		if i == 10 {
			return append(all, fmt.Sprintf("and %d more", len(rep.Problems)-10+rep.More))
		}
		all = append(all, p.String())
	}
	return all
}

func prefixed(who string, lines []string) []string {
	for i := range lines {
		lines[i] = who + ": " + lines[i]
	}
	return lines
}

// judge compares every view with the model.
func (j *ntfsJudge) judge(tb testing.TB, want view, rng *rand.Rand) []string {
	tb.Helper()
	j.dev.forget()
	rep, err := check.Volume(j.dev)
	if err != nil {
		return []string{err.Error()}
	}
	bad := prefixed("check", problems(rep))
	// That a full volume cannot be shrunk ntfsresize says behind its checks.
	if err := oracle.NTFSStructure(j.dev.path); err != nil && !strings.Contains(err.Error(), "ERROR: Volume is full") {
		bad = append(bad, err.Error())
	}
	mounted(tb, j.dev.path, func(dir string) {
		got, _ := diskTree(tb, dir, true)
		bad = append(bad, prefixed("ntfs-3g", want.differ(got, knows{size: true, hash: true, attrs: true}))...)
	})
	if j.cluster == 4096 {
		bad = append(bad, j.libfsntfs(want)...)
	}
	if j.cluster <= 65536 {
		bad = append(bad, j.sleuthkit(want, rng)...)
	}
	return append(bad, j.goNTFS(want, rng)...)
}

// libfsntfs lists all paths.
func (j *ntfsJudge) libfsntfs(want view) []string {
	out, err := foreign.Run("fsntfsinfo", "-H", j.dev.path)
	if err != nil {
		return []string{err.Error()}
	}
	got := view{}
	for _, line := range strings.Split(string(out), "\n") {
		p, ok := strings.CutPrefix(line, `\`)
		if !ok || strings.HasPrefix(p, "$") || strings.Contains(p, ":") {
			continue
		}
		p = strings.ReplaceAll(p, `\`, "/")
		got[p] = item{}
	}
	return prefixed("libfsntfs", want.without(`$`).inBMP().namesOnly().differ(got.inBMP(), knows{}))
}

// inBMP replaces all other characters.
func (v view) inBMP() view {
	out := view{}
	for p, it := range v {
		out[strings.Map(func(r rune) rune {
			if r > 0xffff {
				return '?'
			}
			return r
		}, p)] = it
	}
	return out
}

// namesOnly forgets what is a directory.
func (v view) namesOnly() view {
	out := view{}
	for p := range v {
		out[p] = item{}
	}
	return out
}

// without leaves out what tools list as metadata.
func (v view) without(prefix string) view {
	out := view{}
	for p, it := range v {
		if !strings.HasPrefix(p, prefix) {
			out[p] = it
		}
	}
	return out
}

// sleuthkit lists all paths and reads some files.
func (j *ntfsJudge) sleuthkit(want view, rng *rand.Rand) []string {
	out, err := foreign.Run("fls", "-r", "-p", j.dev.path)
	if err != nil {
		return []string{err.Error()}
	}
	got, inodes := view{}, map[string]string{}
	for _, line := range strings.Split(string(out), "\n") {
		typ, p, ok := strings.Cut(line, ":\t")
		if !ok || strings.Contains(typ, "*") || strings.HasPrefix(p, "$") || strings.Contains(p, ":") {
			continue
		}
		kind, inode, _ := strings.Cut(typ, " ")
		if strings.HasPrefix(kind, "-/") && j.cluster <= 4096 {
			return []string{"sleuthkit: a record without a name: " + line}
		}
		if it, ok := want[p]; ok && (!it.dir || strings.HasSuffix(kind, "/d")) && !strings.HasSuffix(kind, "/-") {
			got[p], inodes[p] = item{dir: it.dir}, inode
		}
	}
	for p := range want { // names of records are cut
		if j.cluster > 4096 && slices.ContainsFunc(strings.Split(p, "/"), func(name string) bool { return len(name) > 250 }) {
			got[p] = item{dir: want[p].dir}
		}
	}
	bad := prefixed("sleuthkit", want.without(`$`).differ(got, knows{}))
	for _, p := range sample(want, rng, j.sample) {
		if inodes[p] == "" {
			continue
		}
		out, err := foreign.Run("icat", j.dev.path, inodes[p])
		if err != nil || sha256.Sum256(out) != want[p].hash {
			bad = append(bad, fmt.Sprintf("sleuthkit: icat %s (%q): %d bytes, want %d, %v", inodes[p], p, len(out), want[p].size, err))
		}
	}
	return bad
}

// sample picks files.
func sample(v view, rng *rand.Rand, n int) []string {
	paths := slices.Sorted(maps.Keys(v.without("$")))
	var out []string
	for range 4 * n {
		if len(out) == n || len(paths) == 0 {
			break
		}
		if p := paths[rng.IntN(len(paths))]; !v[p].dir && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// goNTFS reads some files by path.
func (j *ntfsJudge) goNTFS(want view, rng *rand.Rand) []string {
	var bad []string
	crowds := map[string]int{}
	for p := range want {
		crowds[path.Dir(p)]++
	}
	for _, p := range sample(want, rng, j.sample) {
		b, err := secondopinion.ReadFile(j.dev, p, 1<<30)
		if err != nil && crowds[path.Dir(p)] > 5000 {
			continue // see the comment of ntfsJudge
		}
		if err != nil {
			bad = append(bad, fmt.Sprintf("go-ntfs: %v", err))
		} else if h := sha256.Sum256(b); !bytes.Equal(h[:], hashOf(want[p])) {
			bad = append(bad, fmt.Sprintf("go-ntfs: %q: %d bytes, want %d, or other content", p, len(b), want[p].size))
		}
	}
	return bad
}

func hashOf(it item) []byte { return it.hash[:] }
