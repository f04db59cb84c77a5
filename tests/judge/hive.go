package judge

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/tests/tool"
)

// hive is a hive file as hivexsh sees it.
type hive string

// values lists a key's values as hivexsh prints them, names in lower case. ok is
// false when there is no such key.
func (h hive) values(key string) (map[string]string, bool) {
	out, err := tool.Env(nil).Feed("cd \\"+key+"\nlsval\n", "hivexsh", string(h))
	if err != nil {
		return nil, false
	}
	all := map[string]string{}
	for _, line := range strings.Split(string(out), "\n") {
		name, data, ok := strings.Cut(line, "=")
		if ok {
			all[strings.ToLower(strings.Trim(name, `"`))] = data
		}
	}
	return all, true
}

// text is a string value of a key, "" when it is not there. A REG_MULTI_SZ is
// its strings, one a line.
func (h hive) text(key, value string) string {
	out, err := tool.Env(nil).Feed("cd \\"+key+"\nlsval "+value+"\n", "hivexsh", string(h))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// subkeys lists the names of the keys below a key.
func (h hive) subkeys(key string) []string {
	out, err := tool.Env(nil).Feed("cd \\"+key+"\nls\n", "hivexsh", string(h))
	if err != nil {
		return nil
	}
	return strings.Fields(string(out))
}

// dword reads "dword:00000003".
func dword(data string) (uint32, error) {
	rest, ok := strings.CutPrefix(data, "dword:")
	if !ok {
		return 0, fmt.Errorf("%q is no REG_DWORD", data)
	}
	n, err := strconv.ParseUint(rest, 16, 32)
	return uint32(n), err
}

// str reads `"text"` and `str(2):"text"`.
func str(data string) string {
	if i := strings.IndexByte(data, '"'); i >= 0 {
		data = strings.TrimSuffix(data[i+1:], `"`)
	}
	return strings.ReplaceAll(data, `\\`, `\`)
}
