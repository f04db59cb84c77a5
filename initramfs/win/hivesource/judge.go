package hivesource

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
	"github.com/bootmend/bootmend/initramfs/win/regf/regfcheck"
)

// judge opens, replays, checks and dates a candidate. Errors are input/output
// errors.
func (c *Candidate) judge(file fs.File, logs []hivelog.Log, hive string) error {
	size := file.Info().Size
	if size == 0 && c.Kind != Own {
		c.reason("the file is empty")
		if c.Kind == RegBack {
			c.reason("Windows 10 since 1803 makes no copies in RegBack unless EnablePeriodicBackup is set")
		}
		return nil
	}
	if packed, err := isPacked(file, size); err != nil || packed {
		c.reason("it is compressed by the setup of Windows NT; expand it first")
		return err
	}
	r, err := hivelog.Open(file, size, logs)
	if err != nil {
		return err
	}
	c.State = r.State
	c.Reasons = append(c.Reasons, r.Reasons...)
	if r.State == hivelog.NoLog {
		if r, err = r.Accept(); err != nil {
			c.reason("%v", err)
			return nil
		}
		c.reason("it is taken as it is in the file: changes that were not completed are lost")
	}
	return c.check(r, hive)
}

// isPacked: NT 4 keeps repair\system._ in the format of compress.exe.
func isPacked(file io.ReaderAt, size int64) (bool, error) {
	if size < 8 {
		return false, nil
	}
	b := make([]byte, 4)
	if _, err := file.ReadAt(b, 0); err != nil && err != io.EOF {
		return false, err
	}
	return string(b) == "SZDD" || string(b) == "KWAJ", nil
}

// check looks for damage, in what a repair would leave where there is some.
func (c *Candidate) check(r *hivelog.Replay, hive string) error {
	reader := r.Reader()
	rep, err := regfcheck.Check(reader, r.Size)
	if errors.Is(err, regfcheck.ErrUnsupported) {
		c.reason("%v", err)
		return nil
	}
	if err != nil {
		return err
	}
	c.Quality = Whole
	if rep.Damaged > 0 {
		fixed, err := regfcheck.Repair(rep, reader)
		switch {
		case errors.Is(err, regfcheck.ErrDirty):
			c.Quality = Useless
			c.reason("%v", err)
			return nil
		case err != nil:
			return err
		case fixed.Rest.Damaged > 0:
			c.Quality = Useless
			c.reason("it is damaged in %d places, of which %d cannot be mended", rep.Damaged, fixed.Rest.Damaged)
			return nil
		}
		c.Quality, c.Mends = Mendable, len(fixed.Mended)
		c.reason("it is damaged in %d places, which can all be mended", rep.Damaged)
		if n := fixed.Cut(); n > 0 {
			c.Quality, c.Lost = Partial, int(fixed.Rest.Lost*1000/fixed.Rest.BinsSize)
			c.reason("%d keys, values or lists cannot be read and would be cut off; %d of 1000 bytes of the hive could then not be reached", n, c.Lost)
		}
		reader, rep = fixed.Reader(), fixed.Rest
	}
	c.Keys, c.Values = rep.Keys, rep.Values
	h, err := regf.Open(reader, r.Size)
	if err != nil {
		c.Quality = Useless
		c.reason("%v", err)
		return nil
	}
	return c.look(h, hive)
}

// expected are keys that a hive must have to be the one it is taken for.
var expected = map[string]string{
	"SYSTEM": `Select`, "SOFTWARE": `Microsoft\Windows NT\CurrentVersion`, "SAM": `SAM`, "SECURITY": `Policy`, "DEFAULT": ``,
}

// look demands the contents and finds the date.
func (c *Candidate) look(h *regf.Hive, hive string) error {
	if err := c.contents(h, hive); err != nil {
		c.Quality = Useless
		c.reason("it is no %s hive: %v", hive, err)
		return nil
	}
	newest := time.Time{}
	err := h.Walk(func(_ string, k *regf.Key, err error) error {
		if t := k.LastWritten(); err == nil && t.After(newest) {
			newest = t
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	c.Written = newest
	switch c.Kind {
	case Setup:
		c.reason("it knows nothing that was installed after %s", newest.Format(time.DateOnly))
	case Own:
	default:
		c.reason("it was last changed on %s", newest.Format(time.DateOnly))
	}
	return nil
}

func (c *Candidate) contents(h *regf.Hive, hive string) error {
	if _, err := h.Key(expected[hive]); err != nil {
		return err
	}
	if hive != "SYSTEM" {
		return nil
	}
	v, err := value(h, "Select", "Current")
	if err == nil {
		_, err = h.Key(fmt.Sprintf(`ControlSet%03d\Services`, v))
	}
	// Of the hive itself the roles of control sets can be mended (condition
	// controlset-select); a copy that starts nothing is none.
	if err != nil && (c.Kind != Own || !anySet(h)) {
		return err
	}
	if v, err = value(h, "Setup", "SystemSetupInProgress"); err == nil && v != 0 {
		c.reason("it is from the middle of a setup")
		if c.Quality == Whole {
			c.Kind = Setup
		}
	}
	return nil
}

// anySet reports whether there is a control set with services.
func anySet(h *regf.Hive) bool {
	root, err := h.Root()
	if err != nil {
		return false
	}
	keys, err := root.Subkeys()
	return err == nil && slices.ContainsFunc(keys, func(k *regf.Key) bool {
		if !strings.HasPrefix(strings.ToLower(k.Name()), "controlset0") {
			return false
		}
		_, err := h.Key(k.Name() + `\Services`)
		return err == nil
	})
}

func value(h *regf.Hive, key, name string) (uint32, error) {
	k, err := h.Key(key)
	if err != nil {
		return 0, err
	}
	v, err := k.Value(name)
	if err != nil {
		return 0, err
	}
	return v.DWORD()
}
