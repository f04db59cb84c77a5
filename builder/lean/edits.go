package lean

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/builder/toolchain"
)

// edit changes a file of a library for this build. Each pair is a text that must be
// there exactly once, and what takes its place. No pairs: the file is left out.
type edit struct {
	module string // "std" for the standard library
	file   string
	pairs  [][2]string
	added  string // at the end
	// cut: what lies between these two texts is left out.
	cut [2]string
	// nt5: only for the build with that tag, which has no ciphers.
	nt5 bool
	why string
}

// edits are all of them.
func edits() []edit {
	trim := [2]string{"\t\"regexp\"\n", ""}
	const spaces = "\ntype trailingSpaces struct{}\n\nfunc (trailingSpaces) ReplaceAllString(s, _ string) string {\n" +
		"\tfor s != \"\" && s[len(s)-1] == ' ' {\n\t\ts = s[:len(s)-1]\n\t}\n\treturn s\n}\n"
	regexpAt := func(pattern string) [2]string {
		return [2]string{"re := regexp.MustCompile(" + pattern + ")", "re := trailingSpaces{}"}
	}
	const diskfs, why = "github.com/diskfs/go-diskfs", "regular expressions, to cut off trailing spaces"
	const uuid = "github.com/google/uuid"
	const fips = "the random number generator of FIPS 140, which is not on, with all that it is made of"
	const preempt = "stopping goroutines by signals, and the tables for it: they stop at calls of functions, of which there are many where none is inlined"
	const metrics = "the names and readers of package runtime/metrics, which nobody reads"
	sorted := func(file, name, params, call string) edit {
		head := "func " + name + params
		return edit{module: "std", file: "slices/" + file, pairs: [][2]string{{head, head + "\n\t" + call + "\n}\n\nfunc unused" + strings.ToUpper(name[:1]) + name[1:] + params}},
			why: "sorting that is tuned for speed, 7 KiB for every type that is sorted"}
	}
	return []edit{
		{module: diskfs, file: "filesystem/fat12/directoryentry.go", pairs: [][2]string{trim, regexpAt(`" +$"`)}, added: spaces, why: why},
		{module: diskfs, file: "filesystem/fat12/dos40ebpb.go", pairs: [][2]string{trim, regexpAt("` +$`")}, why: why},
		{module: diskfs, file: "filesystem/fat32/dos71bpb.go", pairs: [][2]string{trim, regexpAt(`" +$"`)}, added: spaces, why: why},
		{module: uuid, file: "node_net.go", pairs: [][2]string{{"import \"net\"", ""}, {"var interfaces []net.Interface", ""}},
			cut: [2]string{"func getHardwareInterface(name string) (string, []byte) {\n", "\treturn \"\", nil\n}"},
			why: "the network, for UUIDs of a kind that is not made here"},
		{module: uuid, file: "sql.go", why: "databases"},
		{module: uuid, file: "null.go", why: "databases"},
		{module: "golang.org/x/text", file: "encoding/charmap/tables.go", cut: [2]string{"var listAll = []encoding.Encoding{\n", "}"},
			why: "the list of all code pages, which keeps them all in"},
		{module: "std", file: "crypto/rand/rand.go", pairs: [][2]string{{"\"crypto/internal/fips140/drbg\"", "\"crypto/internal/sysrand\""}, {"\t\t\tdrbg.Read(b)", "\t\t\tsysrand.Read(b)"}}, why: fips},
		{module: "std", file: "crypto/internal/rand/rand.go", pairs: [][2]string{{"\"crypto/internal/fips140/drbg\"", "\"crypto/internal/sysrand\""},
			{"\tdrbg.Read(b)\n\treturn", "\tsysrand.Read(b)\n\treturn"}, {"\tdrbg.DefaultReader\n", ""}, {"r.(drbg.DefaultReader)", "r.(reader)"},
			{"\tfips140SetTestingReader(r)\n", "\tpanic(r)\n"}}, why: fips},
		{module: "std", file: "crypto/internal/rand/rand_fips140v1.26.go", why: fips},
		{module: "std", file: "crypto/internal/fips140only/fips140only.go", pairs: [][2]string{{"\t\"crypto/internal/fips140/drbg\"\n", ""}, {"\t\"crypto/internal/fips140/sha3\"\n", ""},
			{"\t\"crypto/internal/fips140/sha512\"\n", ""}, {"*sha256.Digest, *sha512.Digest, *sha3.Digest", "*sha256.Digest"}, {"\t_, ok := r.(drbg.DefaultReader)\n\treturn ok", "\treturn r != nil"}}, why: fips},
		{nt5: true, module: "std", file: "crypto/internal/boring/notboring.go", pairs: [][2]string{{"\t\"crypto/cipher\"\n", ""},
			{"NewGCMTLS(cipher.Block) (cipher.AEAD, error)", "NewGCMTLS(any) (any, error)"}, {"NewGCMTLS13(cipher.Block) (cipher.AEAD, error)", "NewGCMTLS13(any) (any, error)"},
			{"NewAESCipher(key []byte) (cipher.Block, error)", "NewAESCipher(key []byte) (any, error)"}}, why: fips},
		{module: "std", file: "crypto/internal/fips140/hmac/hmac.go", pairs: [][2]string{{"\t\"crypto/internal/fips140/sha3\"\n", ""}, {"\t\"crypto/internal/fips140/sha512\"\n", ""},
			{"*sha256.Digest, *sha512.Digest, *sha3.Digest", "*sha256.Digest"}}, why: fips},
		{module: "std", file: "runtime/signal_unix.go", pairs: [][2]string{{"const preemptMSupported = true", "const preemptMSupported = false"},
			{"if sig == sigPreempt && debug.asyncpreemptoff == 0 && !delayedSignal {", "if sig == sigPreempt && preemptMSupported && !delayedSignal {"}}, why: preempt},
		{module: "std", file: "runtime/metrics.go", pairs: [][2]string{{"read func() uint64) {\n\tmetricsLock()", "read func() uint64) {\n\treturn\n\tmetricsLock()"}}, why: metrics},
		{module: "std", file: "internal/godebug/godebug.go", pairs: [][2]string{{"\t\"internal/bisect\"\n", ""}, {"\tbisect *bisect.Matcher\n", ""},
			{"v.bisect != nil && !v.bisect.Stack(&stderr)", "false"}, {"\t\t\t\t\t\t\tv.bisect, _ = bisect.New(arg[j+1:])\n", ""}}, why: "settings of the runtime for some callers only, to search for faults of Go"},
		{module: "std", file: "runtime/cgroup_linux.go", pairs: [][2]string{{"func defaultGOMAXPROCSInit() {\n", "func defaultGOMAXPROCSInit() {\n\treturn\n"}, {"return adjustCgroupGOMAXPROCS(procs, cgroupCPU)", "return procs"}},
			why: "limits of containers"},
		sorted("zsortanyfunc.go", "pdqsortCmpFunc", "[E any](data []E, a, b, limit int, cmp func(a, b E) int) {", "heapSortCmpFunc(data, a, b, cmp)"),
		sorted("zsortanyfunc.go", "stableCmpFunc", "[E any](data []E, n int, cmp func(a, b E) int) {", mergeSort),
		sorted("zsortordered.go", "pdqsortOrdered", "[E cmp.Ordered](data []E, a, b, limit int) {", "heapSortOrdered(data, a, b)"),
	}
}

// stub is a library of which nothing is called, but which others are compiled with.
type stub struct{ name, text string }

// stubs are they, by module.
func stubs() map[string]stub {
	return map[string]stub{
		"github.com/davecgh/go-spew":   {"spew/spew.go", "package spew\n\nfunc Dump(...interface{}) {}\n"},
		"github.com/Velocidex/yaml/v2": {"yaml.go", "package yaml\n\ntype MapSlice []MapItem\n\ntype MapItem struct{ Key, Value interface{} }\n"},
	}
}

// mergeSort is a stable sort with a second slice: the standard library's needs none
// and ten times the code.
const mergeSort = `if n < 2 {
		return
	}
	tmp := append([]E(nil), data[:n]...)
	left, right := tmp[:n/2], tmp[n/2:]
	stableCmpFunc(left, len(left), cmp)
	stableCmpFunc(right, len(right), cmp)
	for i := range data[:n] {
		if len(right) == 0 || len(left) > 0 && cmp(left[0], right[0]) <= 0 {
			data[i], left = left[0], left[1:]
		} else {
			data[i], right = right[0], right[1:]
		}
	}`

// ErrEdit is wrapped when a library is not what an edit was made for.
var ErrEdit = fmt.Errorf("a library has changed, and an edit for the lean program does not fit any more")

// apply gives the file as it is built.
func (e edit) apply(text string) (string, error) {
	for _, p := range e.pairs {
		if n := strings.Count(text, p[0]); n != 1 {
			return "", fmt.Errorf("%s/%s: %w: %q is there %d times", e.module, e.file, ErrEdit, p[0], n)
		}
		text = strings.Replace(text, p[0], p[1], 1)
	}
	if e.cut[0] != "" {
		before, rest, ok := strings.Cut(text, e.cut[0])
		_, after, end := strings.Cut(rest, e.cut[1])
		if !ok || !end {
			return "", fmt.Errorf("%s/%s: %w: no %q with %q behind it", e.module, e.file, ErrEdit, e.cut[0], e.cut[1])
		}
		text = before + e.cut[0] + e.cut[1] + after
	}
	return text + e.added, nil
}

// applyTo gives that file as it is built.
func (e edit) applyTo(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrEdit, err)
	}
	return e.apply(string(text))
}

// leavesOut: the file is not built at all.
func (e edit) leavesOut() bool {
	return e.pairs == nil && e.added == "" && e.cut[0] == ""
}

// libraries are the sources that this build takes instead of what go.mod names.
type libraries struct {
	modfile string // a go.mod
	overlay string // the list of go build -overlay
}

// place is where the libraries that are replaced seem to lie, below the sources. The
// program keeps that name (debug.BuildInfo), and its length moves what comes behind it: it
// must be the same on every machine.
const place = ".lean"

// prepare writes the edited libraries below dir.
func prepare(tool toolchain.Toolchain, dir string, nt5 bool) (l libraries, err error) {
	source, err := filepath.Abs(tool.Dir)
	if err != nil {
		return l, err
	}
	byModule := map[string][]edit{}
	for _, e := range edits() {
		if e.nt5 && !nt5 {
			continue
		}
		byModule[e.module] = append(byModule[e.module], e)
	}
	o := overlay{tool: tool, dir: dir, replace: map[string]string{}}
	if err := o.standardLibrary(source, byModule["std"]); err != nil {
		return l, err
	}
	delete(byModule, "std")
	text, err := os.ReadFile(filepath.Join(source, "go.mod"))
	if err != nil {
		return l, err
	}
	sum, err := os.ReadFile(filepath.Join(source, "go.sum"))
	if err != nil {
		return l, err
	}
	at := func(module string) string {
		text = fmt.Appendf(text, "\nreplace %s => ./%s/%s\n", module, place, module)
		return filepath.Join(source, place, filepath.FromSlash(module))
	}
	for _, module := range slices.Sorted(maps.Keys(byModule)) {
		if err := o.module(module, at(module), byModule[module]); err != nil {
			return l, err
		}
	}
	for _, module := range slices.Sorted(maps.Keys(stubs())) {
		stub := stubs()[module]
		if err := o.made(at(module), module, map[string]string{stub.name: stub.text}); err != nil {
			return l, err
		}
	}
	if err := o.cobra(source, at(cobraPath)); err != nil {
		return l, err
	}
	if l.overlay, err = o.write(); err != nil {
		return l, err
	}
	l.modfile = filepath.Join(dir, "go.mod")
	return l, errors.Join(os.WriteFile(l.modfile, text, 0o644), os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o644))
}
