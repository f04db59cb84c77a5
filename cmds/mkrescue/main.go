// Command mkrescue builds boot media of bootmend.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bootmend/bootmend/builder"
	"github.com/bootmend/bootmend/builder/scratch"
)

func main() { os.Exit(unlessInterrupted(run)) }

// run runs the command and returns its exit code. What it begins and does not end is in space.
func run(space *scratch.Space) int {
	root := &cobra.Command{Use: "mkrescue", Short: "Build boot media of bootmend", SilenceUsage: true, PersistentPreRunE: checkOutput}
	root.AddCommand(isoCommand(space), usbCommand(space), pxeCommand(space), floppyCommand(space), driverFloppyCommand(space), profileCommand())
	if root.Execute() != nil {
		return 1
	}
	return 0
}

// checkOutput refuses what must not be replaced before anything else is done. Where nobody
// names the output the builder, which looks again, is the first.
func checkOutput(c *cobra.Command, _ []string) error {
	out := c.Flags().Lookup("output")
	if out == nil || c.Name() == "profile" || !out.Changed { // nothing is written, or what is decided later
		return nil
	}
	name := out.Value.String()
	if name == "" {
		return errors.New("--output is empty: name what to write")
	}
	return builder.CheckOutput(productOf(c), name)
}

// productOf is what the command makes.
func productOf(c *cobra.Command) builder.Product {
	switch c.Name() {
	case "pxe":
		return builder.NetbootDir
	case "driver-floppy":
		return builder.ImageAlone
	}
	if size := c.Flags().Lookup("size"); size != nil && size.Value.String() == "1440x2" {
		return builder.ImageSet
	}
	return builder.ImageWithLists
}

// fromFlags reads the profile that the flags name, then what they left open.
func fromFlags(c *cobra.Command, o *builder.Options) error {
	if err := fromProfile(c, o); err != nil {
		return err
	}
	return fromEnvironment(o)
}

// fromProfile reads the profile that the flags name; there may be none.
func fromProfile(c *cobra.Command, o *builder.Options) error {
	name, err := c.Flags().GetString("profile")
	if err != nil || name == "" {
		return err
	}
	p, err := builder.ReadProfile(name)
	if err == nil {
		p.Apply(o)
	}
	return err
}

// fromEnvironment fills in what flags left open.
func fromEnvironment(o *builder.Options) error {
	if o.Source == "" {
		wd, err := os.Getwd()
		if err != nil {
			return err
		}
		if o.Source, err = moduleAround(wd); err != nil && o.From == "" { // of an image that is there nothing is compiled
			return err
		}
	} else if !isSource(o.Source) {
		return fmt.Errorf("--source %s: there is no bootmend in it (no go.mod with \"module %s\")", o.Source, module)
	}
	if o.Source == "" && o.Cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("%w: give --cache", err)
		}
		o.Cache = filepath.Join(dir, "mkrescue")
	}
	if o.Cache == "" {
		o.Cache = filepath.Join(o.Source, ".cache")
	}
	var err error
	o.Epoch, err = epoch(o.Source)
	return err
}

// module is what the sources' go.mod names.
const module = "github.com/bootmend/bootmend"

// isSource says whether bootmend's sources lie in dir.
func isSource(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	first, _, _ := strings.Cut(string(text), "\n")
	return err == nil && strings.TrimSpace(first) == "module "+module
}

// moduleAround is the directory with bootmend's sources in or above dir. Go itself is not
// asked: where it is missing, the builder says how to get it.
func moduleAround(dir string) (string, error) {
	for d := dir; ; d = filepath.Dir(d) {
		if isSource(d) {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("bootmend's sources are not in or above %s: run mkrescue there or give --source", dir)
		}
	}
}

// fallbackEpoch is the time of files where there is neither SOURCE_DATE_EPOCH
// nor a git history: 2024-01-01.
const fallbackEpoch = 1704067200

func epoch(source string) (time.Time, error) {
	text, ok := os.LookupEnv("SOURCE_DATE_EPOCH")
	if !ok {
		git := exec.Command("git", "log", "-1", "--format=%ct")
		git.Dir = source
		out, err := git.Output()
		if err != nil {
			return time.Unix(fallbackEpoch, 0), nil
		}
		text = strings.TrimSpace(string(out))
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0), nil
}
