package matrix

import (
	"fmt"
	"slices"
	"strings"
)

// Table is the support table: a row for each Windows, a column for each group of
// machines that present the same controller.
type Table struct {
	Rows    []Row
	Columns []Column
	cells   map[string]Outcome
}

// Row is a Windows.
type Row struct {
	Name, Title string
	Synthetic   bool
}

// Column are machines with the same controller.
type Column struct {
	Controller string // for people
	Machines   []string
}

// Set records the outcome of a cell.
func (t *Table) Set(row string, c Column, o Outcome) {
	if t.cells == nil {
		t.cells = map[string]Outcome{}
	}
	t.cells[row+"|"+c.Machines[0]] = o
}

// Get gives the outcome of a cell, "" when there is none.
func (t *Table) Get(row string, c Column) Outcome { return t.cells[row+"|"+c.Machines[0]] }

// Markers of the table in README.md.
const (
	begin = "<!-- support table: make matrix -->"
	end   = "<!-- end of the support table -->"
)

// legend explains the entries.
const legend = `A name alone is an inbox driver of that Windows, which bootmend starts, from the
DriverStore or the driver cabinets where its file is not in place. **Bold** is a
driver package that was offered (virtio-win 0.1.240, VMware's vmscsi) and put in.
"needs X": bootmend refuses and asks for package X, which was not among those
offered, or (viostor for 64-bit XP and 2003) takes a storport.sys that was not. –: no
such driver exists for this Windows, or it does not start by that machine's
firmware. ¹ The test's SYSTEM hive is synthetic; the others are real ones.
No Windows was started for this table: a judge that shares no code with bootmend
followed controller, registry, service and file after each repair, in the control
set that the loader takes. "make matrix" runs the first machine of each column, the
campaign all of them.
`

// Markdown is the table with its legend.
func (t *Table) Markdown() string {
	var b strings.Builder
	b.WriteString("| |")
	for i := range t.Columns {
		fmt.Fprintf(&b, " %s |", t.Columns[i].Controller)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(t.Columns)) + "\n")
	for _, r := range t.Rows {
		title := r.Title
		if r.Synthetic {
			title += " ¹"
		}
		fmt.Fprintf(&b, "| %s |", title)
		for _, c := range t.Columns {
			fmt.Fprintf(&b, " %s |", t.Get(r.Name, c))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n" + legend + "\nMachines: ")
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s: `%s`", c.Controller, strings.Join(c.Machines, "` `"))
	}
	b.WriteString(".\n")
	return b.String()
}

// inReadme takes the table out of the text of README.md.
func inReadme(readme string) (string, error) {
	_, rest, ok1 := strings.Cut(readme, begin+"\n")
	table, _, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		return "", fmt.Errorf("README.md has no support table between %q and %q", begin, end)
	}
	return table, nil
}

// replaceInReadme puts the table into the text of README.md.
func replaceInReadme(readme, table string) (string, error) {
	old, err := inReadme(readme)
	if err != nil {
		return "", err
	}
	return strings.Replace(readme, begin+"\n"+old+end, begin+"\n"+table+end, 1), nil
}

// parse reads the cells back out of the Markdown of a table with the same rows
// and columns; others are an error.
func (t *Table) parse(markdown string) (*Table, error) {
	read := &Table{Rows: t.Rows, Columns: t.Columns}
	lines := strings.Split(markdown, "\n")
	var header []string
	for _, c := range t.Columns {
		header = append(header, c.Controller)
	}
	if got := cellsOf(lines[0]); len(got) == 0 || !slices.Equal(got[1:], header) {
		return nil, fmt.Errorf("columns %q, want %q", lines[0], header)
	}
	for i, r := range t.Rows {
		if i+2 >= len(lines) {
			return nil, fmt.Errorf("no row for %s", r.Title)
		}
		cells := cellsOf(lines[i+2])
		if len(cells) != len(t.Columns)+1 || strings.TrimSuffix(cells[0], " ¹") != r.Title {
			return nil, fmt.Errorf("row %q, want that of %s with %d cells", lines[i+2], r.Title, len(t.Columns))
		}
		for j, c := range t.Columns {
			read.Set(r.Name, c, Outcome(cells[j+1]))
		}
	}
	return read, nil
}

func cellsOf(line string) []string {
	f := strings.Split(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "|"), "|"), "|")
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	return f
}
