package guests

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// compileHive writes the hive of an entry to dst: a copy of a hive file when
// Arg is a path, else an empty hive; then the .reg text is merged into it by
// hivexregedit.
func compileHive(dst string, e Entry) error {
	reg := e.Reg
	if strings.Contains(e.Arg, "/") {
		hive, err := os.ReadFile(e.Arg)
		if err != nil {
			return err
		}
		if err := os.WriteFile(dst, hive, 0o600); err != nil {
			return err
		}
	} else {
		text, err := regText(e.Arg)
		if err != nil {
			return err
		}
		reg = text + "\n" + reg
		var minor uint32
		if _, err := fmt.Sscanf(e.Version, "1.%d", &minor); err != nil {
			return fmt.Errorf("hive %s: format version %q: %w", e.Path, e.Version, err)
		}
		if err := os.WriteFile(dst, emptyHive(minor), 0o600); err != nil {
			return err
		}
	}
	if strings.TrimSpace(reg) != "" {
		if err := MergeReg(dst, e.Prefix, reg); err != nil {
			return err
		}
	}
	if e.NoSecurity {
		return dropSecurity(dst)
	}
	return nil
}

// MergeReg merges .reg text into the hive file, by hivexregedit. The header
// line of the text may be absent; {a,b} in key names is expanded, and parents
// that are not mentioned are created, as regedit does and hivexregedit not.
func MergeReg(hive, prefix, reg string) error {
	reg = "Windows Registry Editor Version 5.00\n\n" + expandKeys(prefix, reg)
	cmd := exec.Command("hivexregedit", "--merge", "--prefix", prefix, hive)
	cmd.Stdin = strings.NewReader(reg)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("hivexregedit --merge: %w: %s", err, out)
	}
	return nil
}

// expandKeys repeats every section whose key name holds {a,b,c}, once for each
// alternative. GUIDs keep their braces: they hold no comma.
func expandKeys(prefix, reg string) string {
	var out strings.Builder
	made := map[string]bool{}
	var keys []string // of the section being read
	var body strings.Builder
	flush := func() {
		for _, k := range keys {
			for _, parent := range parents(prefix, k) {
				if !made[parent] {
					out.WriteString(parent + "\n\n")
				}
				made[parent] = true
			}
			out.WriteString(k + "\n" + body.String() + "\n")
		}
		keys = nil
		body.Reset()
	}
	for _, line := range strings.Split(reg, "\n") {
		line = strings.TrimRight(line, " \r")
		switch {
		case strings.HasPrefix(line, "["):
			flush()
			keys = alternatives(line)
		case line == "", strings.HasPrefix(line, "#"):
		default:
			body.WriteString(line + "\n")
		}
	}
	flush()
	return out.String()
}

// alternatives expands every {a,b} of s.
func alternatives(s string) []string {
	for i := 0; i < len(s); i++ {
		if s[i] != '{' {
			continue
		}
		n := strings.IndexByte(s[i:], '}')
		if n < 0 || !strings.Contains(s[i:i+n], ",") {
			continue
		}
		var all []string
		for _, a := range strings.Split(s[i+1:i+n], ",") {
			all = append(all, alternatives(s[:i]+a+s[i+n+1:])...)
		}
		return all
	}
	return []string{s}
}

// parents lists the section lines of the keys between the prefix and the key
// of the section line, outermost first. A deleted key ("[-") needs none.
func parents(prefix, line string) []string {
	rest, ok := strings.CutPrefix(line, "["+prefix+`\`)
	if !ok {
		return nil
	}
	parts := strings.Split(strings.TrimSuffix(rest, "]"), `\`)
	var all []string
	for i := 1; i < len(parts); i++ {
		all = append(all, "["+prefix+`\`+strings.Join(parts[:i], `\`)+"]")
	}
	return all
}
