package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/spf13/cobra"
)

func (h *hiveTool) addFind(group *cobra.Command) {
	var q hivefile.Query
	asHex := false
	cmd := h.add(group, "find", "HIVE TEXT", "find text in names of keys, names of values and data, ignoring case", cobra.ExactArgs(2), func(args []string) error {
		if q.Text = args[1]; asHex {
			var err error
			if q.Bytes, err = hexBytes(args[1]); err != nil {
				return err
			}
			q.Text = ""
		} else if q.Text == "" {
			return usageError{errors.New("there is nothing to look for")}
		}
		return h.find(args[0], q)
	})
	cmd.Flags().BoolVar(&asHex, "hex", false, "TEXT is bytes in hexadecimal, looked for in data")
	cmd.Flags().BoolVar(&q.Keys, "keys", false, "look at names of keys (with none of these flags: everywhere)")
	cmd.Flags().BoolVar(&q.Values, "values", false, "look at names of values")
	cmd.Flags().BoolVar(&q.Data, "data", false, "look at data")
	cmd.Flags().StringVar(&q.Below, "below", "", "look in this key only")
}

// find prints hits as they come: there may be very many.
func (h *hiveTool) find(hive string, q hivefile.Query) error {
	return h.open(hive, func(_ hivePlace, f *hivefile.File) error {
		print, end := h.textHits, func(int, error) error { return nil }
		if h.json {
			var err error
			if print, end, err = h.jsonHits(hive, f.Warning()); err != nil {
				return err
			}
		}
		n := 0
		err := f.Find(q, func(hit hivefile.Hit) error { n++; return print(hit) })
		damaged := errors.Is(err, regf.ErrDamaged)
		if damaged {
			*h.code = report.ExitPerson
			fmt.Fprintln(h.errOut, "bootmend: WARNING parts of the hive cannot be read:", err)
		}
		if eerr := end(*h.code, err); eerr != nil {
			return eerr
		}
		if !damaged && err != nil {
			h.json = false // the document is out, with the error in it
			return err
		}
		if !h.json {
			fmt.Fprintf(h.out, "RESULT %d found\n", n)
		}
		return nil
	})
}

func (h *hiveTool) textHits(hit hivefile.Hit) error {
	var err error
	if hit.Value == nil {
		_, err = fmt.Fprintf(h.out, "%s: %s\n", hit.In, hit.Key)
	} else {
		_, err = fmt.Fprintf(h.out, "%s: %s: %s = %s %s\n", hit.In, hit.Key, shownName(hit.Value.Name), hit.Value.Type, shownData(*hit.Value, 64))
	}
	return err
}

// jsonHits writes the document of find piece by piece.
func (h *hiveTool) jsonHits(hive, warning string) (print func(hivefile.Hit) error, end func(code int, err error) error, err error) {
	// The exit code is known at the end only.
	head, err := json.Marshal(struct {
		Version int    `json:"version"`
		Command string `json:"command"`
		Hive    string `json:"hive"`
		Warning string `json:"warning,omitempty"`
	}{report.Version, "hive " + h.verb, hive, warning})
	if err != nil {
		return nil, nil, err
	}
	if _, err := fmt.Fprintf(h.out, "%s,\n\"hits\":[", head[:len(head)-1]); err != nil {
		return nil, nil, err
	}
	sep := ""
	print = func(hit hivefile.Hit) error {
		b, err := json.Marshal(hit)
		if err == nil {
			_, err = fmt.Fprintf(h.out, "%s\n%s", sep, b)
		}
		sep = ","
		return err
	}
	return print, func(code int, err error) error {
		if err != nil && code == report.ExitOK {
			code = report.ExitError
		}
		if _, werr := fmt.Fprintf(h.out, "],\n\"exit_code\":%d", code); werr != nil {
			return werr
		}
		if err != nil {
			b, merr := json.Marshal(err.Error())
			if merr != nil {
				return merr
			}
			if _, werr := fmt.Fprintf(h.out, ",\"error\":%s", b); werr != nil {
				return werr
			}
		}
		_, werr := io.WriteString(h.out, "}\n")
		return werr
	}, nil
}
