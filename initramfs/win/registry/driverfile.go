package registry

import (
	"errors"
	"fmt"
	"strings"
)

// ErrUnmapped: the image path of a service leads out of the system root, or
// cannot be told from the registry alone.
var ErrUnmapped = errors.New("driver file is not below the system root")

// DriverFile is the path of a driver's file below the system root, with
// backslashes, e.g. `system32\drivers\atapi.sys`. systemRoot is the path of the
// system root on its volume, e.g. `\WINDOWS`; drive letters in image paths are
// taken to name that volume. A service without ImagePath loads
// system32\drivers\<name>.sys. Errors wrap ErrUnmapped.
//
// Seen in real hives: `system32\DRIVERS\x.sys`, `\SystemRoot\System32\..`,
// `\??\C:\WINDOWS\..`, `%SystemRoot%\..`, and no value at all.
func DriverFile(s *Service, systemRoot string) (string, error) {
	unmapped := func(why string) (string, error) {
		return "", fmt.Errorf("service %q, image path %q: %w: %s", s.Name, s.ImagePath, ErrUnmapped, why)
	}
	if s.HasStart && s.Type&(TypeKernelDriver|TypeFileSystemDriver|TypeAdapter|TypeRecognizer) == 0 {
		return unmapped("it is no driver")
	}
	path := strings.ReplaceAll(strings.TrimSpace(s.ImagePath), "/", `\`)
	if path == "" {
		return `system32\drivers\` + s.Name + ".sys", nil
	}
	if rest, ok := cutFold(path, `\??\`); ok {
		path = rest
		if len(path) < 3 || path[1] != ':' {
			return unmapped("it names no drive")
		}
	}
	rest, below := cutRoot(path)
	if !below && len(path) > 2 && path[1] == ':' && path[2] == '\\' {
		root := strings.TrimRight(systemRoot, `\`)
		if rest, below = cutFold(path[2:], root+`\`); !below {
			return unmapped("it is not below " + systemRoot)
		}
	}
	if !below {
		if strings.HasPrefix(path, `\`) || strings.ContainsAny(path, `:%"`) {
			return unmapped("it is of no known form")
		}
		rest = path
	}
	rest = strings.TrimLeft(rest, `\`)
	for part := range strings.SplitSeq(rest, `\`) {
		if part == "" || part == "." || part == ".." {
			return unmapped("a component is empty or a dot")
		}
	}
	return rest, nil
}

// cutRoot removes the names of the system root that Windows expands.
func cutRoot(path string) (string, bool) {
	for _, prefix := range []string{`\SystemRoot\`, `%SystemRoot%\`, `%windir%\`} {
		if rest, ok := cutFold(path, prefix); ok {
			return rest, true
		}
	}
	return path, false
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
