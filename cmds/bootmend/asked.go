package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/action"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/spf13/cobra"
)

// asked is what a person asks for beside what findings demand.
type asked struct {
	actions []string
	windows string
	list    bool
}

func (a *asked) addFlags(cmd *cobra.Command) {
	// An array: file names may have commas.
	cmd.Flags().StringArrayVar(&a.actions, "action", nil, "do this and nothing else: NAME or NAME=ARGUMENT of --list-actions; may be repeated")
	cmd.Flags().StringVar(&a.windows, "windows", "", "with --action: the Windows that is meant (w1, w2, ... of bootmend scan; default: each)")
	cmd.Flags().BoolVar(&a.list, "list-actions", false, "list what --action takes")
}

// parse reads the actions.
func (a *asked) parse(opt repair.Options) ([]action.Request, error) {
	if len(a.actions) > 0 && len(opt.Only)+len(opt.Except) > 0 {
		return nil, usageError{errors.New("--only and --except choose findings; with --action none is taken up")}
	}
	if len(a.actions) == 0 && a.windows != "" {
		return nil, usageError{errors.New("--windows goes with --action")}
	}
	var all []action.Request
	for _, s := range a.actions {
		r, err := action.Parse(s)
		if err != nil {
			return nil, usageError{err}
		}
		all = append(all, r)
	}
	return all, nil
}

func listActions(out io.Writer) error {
	for _, a := range action.All() {
		if _, err := fmt.Fprintf(out, "%-30s %s\n", a.Usage(), a.Title); err != nil {
			return err
		}
	}
	return nil
}
