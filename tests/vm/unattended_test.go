package vm

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// unattended is one start without a person. Each place of a report is a cell of the
// matrix of its own.
type unattended struct {
	mode, after string
	reports     []string
	answers     bool // by an answer file in fw_cfg, not by the kernel command line
}

func (u unattended) name() string {
	from := "command line"
	if u.answers {
		from = "answer file"
	}
	return fmt.Sprintf("%s %s %s %s", u.mode, u.after, strings.Join(u.reports, " "), from)
}

// matrix is every mode with everything that may come after and both ways to say so.
// Each start sends its report to every place, so that the cells of one start tell
// whether one place gets in the way of another; each place comes first in a quarter
// of the starts.
func matrix() []unattended {
	var all []unattended
	places := []string{"disk", "serial", "usb", "http"}
	for _, answers := range []bool{false, true} {
		for _, mode := range []string{"auto", "scan"} {
			for _, after := range []string{"result", "reboot", "poweroff", "menu"} {
				n := len(all) % len(places)
				all = append(all, unattended{mode, after, slices.Concat(places[n:], places[:n]), answers})
			}
		}
	}
	return all
}

// single are starts with one place, each told in both ways.
func single() []unattended {
	one := func(mode, after, report string, answers bool) unattended {
		return unattended{mode, after, []string{report}, answers}
	}
	return append([]unattended{
		one("auto", "menu", "usb", true), one("auto", "reboot", "serial", false), one("scan", "menu", "http", false), one("scan", "poweroff", "disk", true),
	}, ordinary()...)
}

// ordinary are the starts of "make test".
func ordinary() []unattended {
	return []unattended{
		{"auto", "result", []string{"disk"}, false}, {"auto", "poweroff", []string{"http"}, true},
		{"scan", "reboot", []string{"usb"}, false}, {"auto", "reboot", []string{"serial"}, true},
	}
}

// ends is how the machine has to end: by qemu's word for it, or with the menu.
func (u unattended) ends() string {
	switch {
	case u.after == "poweroff":
		return "guest-shutdown"
	case u.after == "reboot", u.after == "result" && u.mode == "auto":
		return "guest-reset"
	}
	return "menu"
}

// TestUnattended: mode, after and report, from the kernel command line alone and
// from an answer file: the machine does it, ends as it was told, and the report
// arrives.
func TestUnattended(t *testing.T) {
	needQEMU(t)
	cells, starts := 0, append(single(), matrix()...)
	of := len(matrix())*len(matrix()[0].reports) + len(single())
	for _, u := range starts {
		t.Run(u.name(), func(t *testing.T) {
			if !isOrdinary(u) {
				campaign(t)
			}
			cells += len(u.reports)
			u.run(t)
		})
	}
	t.Logf("%d of %d cells run", cells, of)
}

func isOrdinary(u unattended) bool {
	return slices.ContainsFunc(ordinary(), func(o unattended) bool { return o.name() == u.name() })
}

func (u unattended) run(t *testing.T) {
	guest := guests.MustLoad(t, "winxp-x86")
	var places []string
	c := direct(t, "")
	c.Disks = []Disk{{guest.Build(t), IDE}}
	disk := c.Disks[0].Path
	before := hash(t, disk)
	var server *collector
	var stick string
	for _, place := range u.reports {
		switch place {
		case "http":
			server = collect(t, http.StatusOK)
			place = server.guestURL()
			c.More = append(c.More, "-nic", "user,model=e1000")
		case "usb":
			stick = reportStick(t)
			c.More = append(c.More, "-device", "qemu-xhci", "-drive", "if=none,id=reports,format=raw,file="+stick, "-device", "usb-storage,drive=reports,removable=on")
		}
		places = append(places, place)
	}
	u.tell(t, &c, places)

	h := start(t, c)
	ended := u.wait(t, h)
	log := h.Serial()
	says(t, log, "SUMMARY", "Next")
	if lines := summaryLines(log); lines > 20 {
		t.Errorf("the summary has %d lines", lines)
	}
	if ended != u.ends() {
		t.Errorf("the machine ended by %q; want %q", ended, u.ends())
	}
	if u.mode == "scan" && hash(t, disk) != before {
		t.Error("a scan wrote to the disk")
	}
	if u.mode == "auto" {
		says(t, log, "RESULT repaired and verified")
		startsAtBoot(t, sound(t, disk, guest), guest, "IntelIde")
	}
	for _, place := range u.reports {
		t.Run(place, func(t *testing.T) { u.judgeReport(t, place, log, disk, stick, server) })
	}
}

// tell puts the options where the row wants them.
func (u unattended) tell(t *testing.T, c *Config, places []string) {
	t.Helper()
	if !u.answers {
		c.Append += fmt.Sprintf(" bootmend.mode=%s bootmend.after=%s bootmend.report=%s", u.mode, u.after, strings.Join(places, ","))
		return
	}
	file := filepath.Join(t.TempDir(), "answers.yaml")
	text := fmt.Sprintf("# answers of the test\nmode: %s\nafter: %s\nreport:\n  - %s\n", u.mode, u.after, strings.Join(places, "\n  - "))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c.More = append(c.More, "-fw_cfg", "name=opt/bootmend/answers,file="+file)
}

// wait returns how the machine ended, or "menu" when it waits for a person.
func (u unattended) wait(t *testing.T, h *Handle) string {
	t.Helper()
	m, err := h.Monitor()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if u.ends() == "menu" {
		for _, text := range []string{"bootmend: engine exit code", "SUMMARY"} {
			if err := h.WaitFor(text); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(20 * time.Second) // reports are sent, and a countdown would have run
		ended := "menu"
		if m.Saw("SHUTDOWN") {
			ended = "not the menu: " + strings.Join(m.Events(), ", ")
		}
		h.Kill()
		if err := h.Wait(); err != nil {
			t.Error(err)
		}
		return ended
	}
	if err := h.Wait(); err != nil {
		t.Error(err)
	}
	t.Logf("ended after %.0f s", h.Elapsed().Seconds())
	for _, word := range []string{"guest-shutdown", "guest-reset"} {
		if m.Saw("SHUTDOWN", word) {
			return word
		}
	}
	return strings.Join(m.Events(), ", ")
}

// summaryLines counts the lines from SUMMARY to the end of the last section.
func summaryLines(log string) int {
	_, rest, _ := strings.Cut(log, "\nSUMMARY ")
	n := 1
	for _, line := range strings.Split(rest, "\n")[1:] {
		if !strings.HasPrefix(line, "  ") {
			break
		}
		n++
	}
	return n
}

// judgeReport: the report is where it was wanted, whole, valid, and tells how it
// ended.
func (u unattended) judgeReport(t *testing.T, place, log, disk, stick string, server *collector) {
	t.Helper()
	want := map[string]int{"auto": 0, "scan": 10}[u.mode]
	switch place {
	case "serial":
		validReport(t, cutForeign(t, log), u.mode, want)
	case "http":
		bodies := server.bodies()
		if len(bodies) != 1 {
			t.Fatalf("%d reports came to the server; want 1", len(bodies))
		}
		validReport(t, bodies[0], u.mode, want)
	case "usb":
		onStick(t, stick, u.mode, want)
	case "disk":
		id := regexp.MustCompile(`bootmend undo ([0-9a-f-]+)`).FindStringSubmatch(log)
		if u.mode == "scan" {
			return // the disk is as it was, see run
		}
		if id == nil {
			t.Fatal("the log names no undo bundle")
		}
		json, text := keptReport(t, disk, id[1])
		validReport(t, json, u.mode, want)
		if !strings.Contains(string(text), "\r\nRESULT repaired and verified") {
			t.Errorf("the text says %q", text)
		}
	}
}

// collector is a server of the test that the guest reaches.
type collector struct {
	server *httptest.Server
	mu     sync.Mutex
	got    [][]byte
	asked  int
}

// collect answers every request with the status.
func collect(t *testing.T, status int) *collector {
	t.Helper()
	c := &collector{}
	c.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.asked++
		if status == http.StatusOK && err == nil && r.Method == http.MethodPost && r.Header.Get("Content-Type") == "application/json" {
			c.got = append(c.got, body)
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(c.server.Close)
	return c
}

// guestURL: QEMU's user network has the host at 10.0.2.2.
func (c *collector) guestURL() string {
	return strings.Replace(c.server.URL, "127.0.0.1", "10.0.2.2", 1) + "/reports"
}

func (c *collector) bodies() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.got
}

func (c *collector) requests() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// reportStick is a USB stick for reports.
func reportStick(t *testing.T) string {
	t.Helper()
	tool.Need(t, "mdir")
	return volume.FAT(t, 64<<20, "-n", "BOOTMEND")
}
