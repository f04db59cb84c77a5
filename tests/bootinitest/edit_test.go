package bootinitest

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/bootini"
)

// odd has everything at once: comments, blanks, mixed line ends, a section of
// nobody, bytes of code page 850, a ctrl-Z.
const odd = "; made by hand\r\n[Boot Loader] \r\nTimeOut = 30 \nDEFAULT = MULTI(0)disk(0)rdisk(0)partition(2)\\WINDOWS  \r\n\r\n" +
	"[elsewhere]\r\ndefault=x\r\n[operating systems]\r\n" +
	"multi(0)disk(0)rdisk(0)PARTITION(2)\\WINDOWS\t=  \"Windows f\x81r alle\"  /fastdetect   /NoExecute=OptIn \r\n" +
	"scsi(0)disk(33)rdisk(0)partition(1)\\WINNT=Windows NT /sos\n" +
	"C:\\=\"DOS\"\r\n;multi(0)disk(0)rdisk(0)partition(3)\\X=\"off\"\r\n" +
	"\x1A[operating systems]\r\n"

func TestEdits(t *testing.T) {
	first := func(f *bootini.File) *bootini.Entry { return f.Entries()[0] }
	for _, tt := range []struct {
		name string
		edit func(*bootini.File) error
		old  string // in odd, replaced by new; "" with new: nothing changes
		new  string
	}{
		{"nothing", func(*bootini.File) error { return nil }, "", ""},
		{"partition", func(f *bootini.File) error { return first(f).SetPartition(13) }, "PARTITION(2)", "PARTITION(13)"},
		{"partition as it is", func(f *bootini.File) error { return first(f).SetPartition(2) }, "", ""},
		{"rdisk", func(f *bootini.File) error { return first(f).SetRDisk(1) }, "rdisk(0)PARTITION", "rdisk(1)PARTITION"},
		{"title", func(f *bootini.File) error { first(f).SetTitle("Ger\x84t \"1\"\n"); return nil }, "Windows f\x81r alle", "Ger\x84t '1' "},
		{"title without quotes", func(f *bootini.File) error { f.Entries()[1].SetTitle("NT 4"); return nil }, "=Windows NT ", "=\"NT 4\" "},
		{"default", func(f *bootini.File) error { f.SetDefault(f.Entries()[1]); return nil },
			`MULTI(0)disk(0)rdisk(0)partition(2)\WINDOWS`, `scsi(0)disk(33)rdisk(0)partition(1)\WINNT`},
		{"timeout", func(f *bootini.File) error { f.SetTimeout(5); return nil }, "30 \n", "5 \n"},
		{"timeout as it is", func(f *bootini.File) error { f.SetTimeout(30); return nil }, "", ""},
		{"redirect", func(f *bootini.File) error { f.SetOption("redirect", "COM1"); return nil }, "\\WINDOWS  \r\n\r\n", "\\WINDOWS  \r\nredirect=COM1\r\n\r\n"},
		{"remove switch", func(f *bootini.File) error { first(f).RemoveSwitch("/NOEXECUTE"); return nil }, "   /NoExecute=OptIn", ""},
		{"remove middle switch", func(f *bootini.File) error { first(f).RemoveSwitch("/fastdetect"); return nil }, "  /fastdetect", ""},
		{"remove what is not there", func(f *bootini.File) error { first(f).RemoveSwitch("/hal"); return nil }, "", ""},
		{"add switch", func(f *bootini.File) error { return first(f).AddSwitch("/sos") }, "/NoExecute=OptIn ", "/NoExecute=OptIn /sos "},
		{"add again", func(f *bootini.File) error { return first(f).AddSwitch("/noexecute=optin") }, "", ""},
		{"other value", func(f *bootini.File) error { return first(f).AddSwitch("/NOEXECUTE=AlwaysOff") }, "/NoExecute=OptIn", "/NOEXECUTE=AlwaysOff"},
		{"second choice", func(f *bootini.File) error {
			_, err := f.AddCopy(f.Entries()[1], "other HAL", "/HAL=halacpi.dll", "/KERNEL=ntkrnlup.exe")
			return err
		}, "\"off\"\r\n", "\"off\"\r\nscsi(0)disk(33)rdisk(0)partition(1)\\WINNT=\"other HAL\" /sos /HAL=halacpi.dll /KERNEL=ntkrnlup.exe\r\n"},
		{"new entry", func(f *bootini.File) error { f.Add(`C:\x`, `a"b`, "/y"); return nil }, "\"off\"\r\n", "\"off\"\r\nC:\\x=\"a'b\" /y\r\n"},
		{"retarget", func(f *bootini.File) error {
			return f.Retarget(first(f), bootini.OnBIOSDisk(2, 1, `\windows`)) // the same folder: its bytes stay
		}, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := strings.Replace(odd, tt.old, tt.new, 1)
			if tt.name == "retarget" {
				want = strings.Replace(want, `MULTI(0)disk(0)rdisk(0)partition(2)\WINDOWS`, `multi(0)disk(0)rdisk(2)PARTITION(1)\WINDOWS`, 1)
				want = strings.Replace(want, "rdisk(0)PARTITION(2)", "rdisk(2)PARTITION(1)", 1)
			} else if tt.old != "" && !strings.Contains(odd, tt.old) {
				t.Fatalf("%q is not in the sample", tt.old)
			}
			f := bootini.Parse([]byte(odd))
			if err := tt.edit(f); err != nil {
				t.Fatal(err)
			}
			if got := string(f.Bytes()); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// TestRetarget: what an entry's device becomes, byte for byte.
func TestRetarget(t *testing.T) {
	for _, tt := range []struct{ from, want string }{
		{`multi(0)disk(0)rdisk(0)partition(2)\WINDOWS`, `multi(0)disk(0)rdisk(1)partition(3)\WINDOWS`},
		{`MULTI(00)Disk()rdisk(0)partition(02)\winnt`, `MULTI(00)Disk()rdisk(1)partition(3)\WINDOWS`},
		{`multi(0)disk(0)rdisk(1)partition(3)\WINDOWS\`, `multi(0)disk(0)rdisk(1)partition(3)\WINDOWS\`},
		{`signature(f55cf55c)disk(0)rdisk(0)partition(1)\windows`, `multi(0)disk(0)rdisk(1)partition(3)\windows`},
		{`scsi(1)disk(33)rdisk(0)partition(1)\WINNT`, `multi(0)disk(0)rdisk(1)partition(3)\WINDOWS`},
	} {
		f := bootini.Parse([]byte("[boot loader]\r\ndefault=" + tt.from + "\r\n[operating systems]\r\n" + tt.from + "=\"x\"\r\n"))
		if err := f.Retarget(f.Entries()[0], bootini.OnBIOSDisk(1, 3, `\WINDOWS`)); err != nil {
			t.Fatal(err)
		}
		d, _ := f.Default()
		if got := f.Entries()[0].Path(); got != tt.want || d != tt.want {
			t.Errorf("%s becomes %s, default %s; want %s", tt.from, got, d, tt.want)
		}
	}
	f := bootini.Parse([]byte(odd))
	if err := f.Retarget(f.Entries()[2], bootini.OnBIOSDisk(0, 1, `\`)); err == nil {
		t.Error(`C:\ was given a partition`)
	}
}

func TestNewFile(t *testing.T) {
	f := bootini.New(30)
	e := f.Add(bootini.OnBIOSDisk(0, 2, `\WINDOWS`).String(), "Windows", "/fastdetect")
	f.SetDefault(e)
	want := "[boot loader]\r\ntimeout=30\r\ndefault=multi(0)disk(0)rdisk(0)partition(2)\\WINDOWS\r\n[operating systems]\r\n" +
		"multi(0)disk(0)rdisk(0)partition(2)\\WINDOWS=\"Windows\" /fastdetect\r\n"
	if got := string(f.Bytes()); got != want || len(f.Problems()) > 0 {
		t.Errorf("%q, %v", got, f.Problems())
	}
}

// TestEmptyFile: an edit of next to nothing makes what NTLDR needs.
func TestEmptyFile(t *testing.T) {
	for _, data := range []string{"", "\x1A", "; only a comment", "[operating systems]"} {
		f := bootini.Parse([]byte(data))
		f.SetDefault(f.Add(`multi(0)disk(0)rdisk(0)partition(1)\W`, "W"))
		again := bootini.Parse(f.Bytes())
		if e := again.DefaultEntry(); e == nil || e.Title() != "W" || len(again.Problems()) > 0 {
			t.Errorf("%q becomes %q", data, f.Bytes())
		}
	}
}

func TestProblems(t *testing.T) {
	const arc = `multi(0)disk(0)rdisk(0)partition(1)\W`
	good := "[boot loader]\ntimeout=1\ndefault=" + arc + "\n[operating systems]\n" + arc + "=\"W\"\n"
	for _, tt := range []struct {
		name, data string
		want       string
	}{
		{"good", good, ""},
		{"UTF-16", "\xFF\xFE[\x00b\x00", "not-text"},
		{"BOM", "\xEF\xBB\xBF" + good, "byte-order-mark"},
		{"no loader", strings.Replace(good, "[boot loader]", "[bootloader]", 1), "no-boot-loader-section no-default"},
		{"no systems", strings.Replace(good, "[operating", "[operation", 1), "no-operating-systems-section no-entries default-unknown"},
		{"two defaults", strings.Replace(good, "timeout=1", `default=C:\`, 1), "default-twice default-unknown"},
		{"timeout", strings.Replace(good, "=1", "=soon", 1), "bad-timeout"},
		{"on(1)", strings.ReplaceAll(good, "partition(1)", "partition1"), "bad-path"},
		{"partition 0", strings.ReplaceAll(good, "partition(1)", "partition(0)"), "partition-zero"},
		{"multi(1)", strings.ReplaceAll(good, "multi(0)", "multi(1)"), "multi-not-bios"},
		{"open title", strings.Replace(good, "W\"\n", "W /sos\n", 1), "open-title"},
		{"CD", strings.ReplaceAll(good, "rdisk(0)partition(1)", "cdrom(0)"), "bad-path"},
	} {
		var got []string
		for _, p := range bootini.Parse([]byte(tt.data)).Problems() {
			got = append(got, string(p.Problem))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, s, tt.want)
		}
	}
}

// TestOpenTitle: where a title ends is not guessed.
func TestOpenTitle(t *testing.T) {
	f := bootini.Parse([]byte("[operating systems]\nC:\\=\"DOS /x\n"))
	e := f.Entries()[0]
	if err := e.AddSwitch("/y"); err != bootini.ErrOpenTitle {
		t.Errorf("AddSwitch: %v", err)
	}
	if _, err := f.AddCopy(e, "DOS"); err != bootini.ErrOpenTitle {
		t.Errorf("AddCopy: %v", err)
	}
	e.SetTitle("DOS")
	if err := e.AddSwitch("/y"); err != nil || string(f.Bytes()) != "[operating systems]\nC:\\=\"DOS\" /y\n" {
		t.Errorf("%v, %q", err, f.Bytes())
	}
}
