package matrix

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/tests/guests"
)

// frame is the table without its cells.
func frame(t *testing.T) *Table {
	t.Helper()
	editions, err := guests.Editions()
	if err != nil {
		t.Fatal(err)
	}
	table := &Table{Columns: columns(t)}
	for _, e := range editions {
		table.Rows = append(table.Rows, Row{Name: e.Name, Title: e.Title, Synthetic: e.Real == ""})
	}
	return table
}

// job is a cell to run.
type job struct {
	edition guests.Edition
	column  Column
	machine string
}

func jobs(t *testing.T, table *Table) []job {
	t.Helper()
	editions, err := guests.Editions()
	if err != nil {
		t.Fatal(err)
	}
	var all []job
	for _, e := range editions {
		for _, c := range table.Columns {
			for _, m := range c.Machines {
				all = append(all, job{e, c, m})
			}
		}
	}
	return all
}

// run runs the jobs, Windows by Windows, into the table.
func run(t *testing.T, table *Table, all []job) {
	t.Helper()
	offered := offer(t)
	byEdition := map[string][]job{}
	for _, j := range all {
		byEdition[j.edition.Name] = append(byEdition[j.edition.Name], j)
	}
	for _, r := range table.Rows {
		todo := byEdition[r.Name]
		if len(todo) == 0 {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			all := patients{todo[0].edition, map[bool]*patient{}}
			for _, j := range todo {
				m, err := machine.Profile(j.machine)
				if err != nil {
					t.Fatal(err)
				}
				p := all.on(t, m)
				t.Run(j.machine, func(t *testing.T) {
					o := p.outcome(t, j.machine, offered)
					old := table.Get(r.Name, j.column)
					if old != "" && o != "" && o != old {
						t.Errorf("%s on %s, but %s on another machine with this controller", o, j.machine, old)
					}
					if old == "" {
						table.Set(r.Name, j.column, o)
					}
				})
			}
		})
	}
}

func readmePath() string { return filepath.Join("..", "..", "README.md") }

// inReadmeTable is the table that README.md shows.
func inReadmeTable(t *testing.T, frame *Table) *Table {
	t.Helper()
	text, err := os.ReadFile(readmePath())
	if err != nil {
		t.Fatal(err)
	}
	markdown, err := inReadme(string(text))
	if err != nil {
		t.Fatal(err)
	}
	shown, err := frame.parse(markdown)
	if err != nil {
		t.Fatal(err)
	}
	return shown
}

// compare fails for every computed cell that README.md shows otherwise. Without
// the collection nothing was offered, so that what a package does there is asked
// for here, and what the real hives give is not known.
func compare(t *testing.T, computed, shown *Table) {
	t.Helper()
	counts, n := map[Outcome]int{}, 0
	for _, r := range computed.Rows {
		for _, c := range computed.Columns {
			got := computed.Get(r.Name, c)
			if got == "" {
				continue
			}
			n++
			counts[got]++
			want := shown.Get(r.Name, c)
			if service, isPackage := strings.CutPrefix(string(want), "**"); isPackage && got != want && !haveReal(t, packages[0]) {
				want = Needs(strings.TrimSuffix(service, "**"))
				if got == Impossible {
					want = Impossible // vmscsi works where VMware says that it is not supported
				}
			}
			if !r.Synthetic && !haveReal(t, packages[0]) {
				continue
			}
			if got != want {
				t.Errorf("%s on %s: %q, README.md says %q (make matrix)", r.Name, c.Machines[0], got, want)
			}
		}
	}
	t.Logf("%d cells: %v", n, counts)
}

// sample is how many cells "make test" runs.
const sample = 16

// TestSample runs some cells of the support table, other ones each day.
func TestSample(t *testing.T) {
	seed := uint64(time.Now().Unix() / 86400)
	t.Logf("seed %d", seed)
	table := frame(t)
	all := jobs(t, table)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	run(t, table, all[:sample])
	compare(t, table, inReadmeTable(t, frame(t)))
}

// merged is the old table with the cells that were computed anew.
func merged(old, computed *Table) *Table {
	for _, r := range old.Rows {
		for _, c := range old.Columns {
			if o := computed.Get(r.Name, c); o != "" {
				old.Set(r.Name, c, o)
			}
		}
	}
	return old
}

// TestSupportTable runs all cells. BOOTMEND_MATRIX=write puts the result into
// README.md instead of comparing it; BOOTMEND_MATRIX_ONLY=TEXT restricts either
// to the cells whose names of Windows and machine hold the text.
func TestSupportTable(t *testing.T) {
	write := os.Getenv("BOOTMEND_MATRIX") == "write"
	if os.Getenv("BOOTMEND_CAMPAIGN") != "1" && !write {
		t.Skip("SKIP-CAMPAIGN: only with BOOTMEND_CAMPAIGN=1")
	}
	table := frame(t)
	all := jobs(t, table)
	if write { // one machine of each column decides
		if !haveReal(t, packages[0]) {
			t.Fatal("the support table takes the collection of real data (BOOTMEND_DATA)")
		}
		all = slices.DeleteFunc(all, func(j job) bool { return j.machine != j.column.Machines[0] })
	}
	if only := os.Getenv("BOOTMEND_MATRIX_ONLY"); only != "" {
		var some []job
		for _, j := range all {
			if strings.Contains(j.edition.Name+" "+j.machine, only) {
				some = append(some, j)
			}
		}
		all = some
	}
	start := time.Now()
	run(t, table, all)
	t.Logf("%d cells in %.0f s", len(all), time.Since(start).Seconds())
	if !write {
		compare(t, table, inReadmeTable(t, frame(t)))
		return
	}
	if os.Getenv("BOOTMEND_MATRIX_ONLY") != "" {
		table = merged(inReadmeTable(t, frame(t)), table)
	}
	fmt.Println(table.Markdown())
	if t.Failed() {
		t.Fatal("README.md stays as it is: not every cell ended as it must")
	}
	text, err := os.ReadFile(readmePath())
	if err != nil {
		t.Fatal(err)
	}
	changed, err := replaceInReadme(string(text), table.Markdown())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(readmePath(), []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
}
