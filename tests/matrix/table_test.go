package matrix

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/machine"
)

func testTable() *Table {
	t := &Table{
		Rows:    []Row{{"a", "Windows A", false}, {"b", "Windows B", true}},
		Columns: []Column{{"IDE", []string{"m1", "m2"}}, {"NVMe", []string{"m3"}}},
	}
	t.Set("a", t.Columns[0], Inbox("AtaPi"))
	t.Set("a", t.Columns[1], Needs("nvme"))
	t.Set("b", t.Columns[0], Package("viostor"))
	t.Set("b", t.Columns[1], Impossible)
	return t
}

// TestReadmeRoundTrip: what is written into README.md is read back the same, and
// the text around it stays.
func TestReadmeRoundTrip(t *testing.T) {
	table := testTable()
	readme := "before\n" + begin + "\nold\n" + end + "\nafter\n"
	text, err := replaceInReadme(readme, table.Markdown())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(text, "before\n"+begin) || !strings.HasSuffix(text, end+"\nafter\n") {
		t.Errorf("the text around the table changed:\n%s", text)
	}
	markdown, err := inReadme(text)
	if err != nil {
		t.Fatal(err)
	}
	read, err := table.parse(markdown)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range table.Rows {
		for _, c := range table.Columns {
			if got, want := read.Get(r.Name, c), table.Get(r.Name, c); got != want || got == "" {
				t.Errorf("%s, %s: %q, want %q", r.Name, c.Controller, got, want)
			}
		}
	}
	if _, err := replaceInReadme("no markers", "x"); err == nil {
		t.Error("a text without markers was accepted")
	}
	other := testTable()
	other.Columns[1].Controller = "SCSI"
	if _, err := other.parse(markdown); err == nil {
		t.Error("a table with another column was accepted")
	}
	other = testTable()
	other.Rows = append(other.Rows, Row{"c", "Windows C", false})
	if _, err := other.parse(markdown); err == nil {
		t.Error("a table without a row was accepted")
	}
}

func TestRefused(t *testing.T) {
	virtio := machine.Controller{Bus: machine.PCI, Vendor: 0x1AF4, Device: 0x1001}
	lsi := machine.Controller{Bus: machine.PCI, Vendor: 0x1000, Device: 0x0054}
	for _, tt := range []struct {
		c    machine.Controller
		text string
		want Outcome // "" for an error
	}{
		{virtio, "Provide viostor of virtio-win", "needs viostor"},
		{virtio, "Provide a driver", ""},
		{virtio, "Provide VioStorm", ""},
		{virtio, "Provide VioStor.sys", "needs viostor"},
		{virtio, "There is no driver for pci:1af4:1001 that this Windows could use: choose IDE, or viostor elsewhere", Impossible},
		{lsi, "LSI's lsi_sas for x64, or symmpi", "needs lsi_sas"},
		{lsi, "symmpi, or lsi_sas", "needs symmpi"},
		{machine.Controller{Bus: machine.PCI, Vendor: 1, Device: 2}, "viostor", ""},
	} {
		got, err := refused(tt.c, tt.text)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("refused(%s, %q) = %q, %v; want %q", tt.c, tt.text, got, err, tt.want)
		}
	}
}
