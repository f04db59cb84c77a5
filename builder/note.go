package builder

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/bootmend/bootmend/builder/apt"
)

// note is what apt said about a package, and when.
type note struct {
	Asked time.Time
	// Partial: apt's lists were not complete, so that there may be a newer version.
	Partial bool
	Package apt.Package
}

// errSeal: a file of the cache is not what was written.
var errSeal = errors.New("it is damaged: its content does not have the checksum in its first line")

// seal puts the SHA-256 of the text before it, as a line.
func seal(text []byte) []byte {
	return append(fmt.Appendf(nil, "%x\n", sha256.Sum256(text)), text...)
}

// unseal reads a file that has a seal.
func unseal(name string) ([]byte, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	sum, text, ok := strings.Cut(string(b), "\n")
	if !ok || sum != fmt.Sprintf("%x", sha256.Sum256([]byte(text))) {
		return nil, fmt.Errorf("%s: %w", name, errSeal)
	}
	return []byte(text), nil
}

func writeNote(file string, n note) error {
	b, err := json.MarshalIndent(n, "", "\t")
	if err != nil {
		return err
	}
	return writeWhole(file, seal(append(b, '\n')))
}

// readNote reads what apt said about the package of that name.
func readNote(file, name string) (n note, err error) {
	b, err := unseal(file)
	if err != nil {
		return n, err
	}
	if err := json.Unmarshal(b, &n); err != nil {
		return n, fmt.Errorf("%s: %w", file, err)
	}
	if n.Package.Name != name {
		return n, fmt.Errorf("%s: it is about the package %q", file, n.Package.Name)
	}
	return n, nil
}

// askAgain is how long apt's answer is taken without asking again: it takes a second for
// each of two dozen packages.
const askAgain = time.Hour

// fresh says whether apt would still give this answer: it was given within that time by
// complete package lists, and these, which changed at that other time, are older.
func (n note) fresh(now, lists time.Time) bool {
	age := now.Sub(n.Asked)
	return !n.Partial && age >= 0 && age < askAgain && n.Asked.After(lists)
}

// ageOf says how long ago something was.
func ageOf(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 0:
		return "in the future, by this machine's clock"
	case d < 2*time.Minute:
		return "a moment ago"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes ago", d/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%d hours ago", d/time.Hour)
	}
	return fmt.Sprintf("%d days ago", d/day)
}
