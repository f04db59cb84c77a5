package bootchain

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/win/bootini"
	"github.com/bootmend/bootmend/initramfs/win/winver"
)

// emptyFS has nothing in it.
type emptyFS struct{}

func (emptyFS) Kind() fs.Kind                          { return fs.NTFS }
func (emptyFS) Stat(path string) (fs.Info, error)      { return fs.Info{}, fs.ErrNotExist }
func (emptyFS) ReadDir(path string) ([]fs.Info, error) { return nil, nil }
func (emptyFS) Open(path string) (fs.File, error)      { return nil, fs.ErrNotExist }

// patientOf has disks with as many partitions as each number says, all NTFS, and
// installations "disk.partition\folder".
func patientOf(partitions []int, windows ...string) *inspect.Patient {
	p := &inspect.Patient{}
	for i, n := range partitions {
		d := &inspect.Disk{Path: fmt.Sprint("disk", i), Table: &part.Table{Scheme: part.MBR, Signature: 0x1000 + uint32(i)}}
		for k := 1; k <= n; k++ {
			e := part.Partition{Number: k, NTNumber: k, Active: k == 1, Range: block.Range{Off: int64(k) << 20, Len: 1 << 20}}
			d.Volumes = append(d.Volumes, &inspect.Volume{Disk: d, Partition: e, Kind: fs.NTFS, FS: emptyFS{}})
		}
		p.Disks = append(p.Disks, d)
	}
	for _, text := range windows {
		var disk, number int
		var root string
		fmt.Sscanf(text, "%d.%d%s", &disk, &number, &root)
		w := &inspect.Installation{Volume: p.Disks[disk].Volumes[number-1], Root: root,
			Version: winver.Version{Major: 5, Minor: 1, Build: 2600, ServicePack: "Service Pack 3", ProductName: "Microsoft Windows XP"}}
		w.SystemErr = fs.ErrNotExist
		p.Windows = append(p.Windows, w)
	}
	return p
}

// loaderFor is the loader on the first partition of the first disk.
func loaderFor(p *inspect.Patient, data []byte, freeloader bool) *NTLoader {
	l := &NTLoader{System: p.Disks[0].Volumes[0], FreeLoader: freeloader, Disks: rdiskOrder(p, p.Disks[0]), Windows: p.Windows,
		Menu: Menu{Path: `\boot.ini`, Default: -1, Data: data}}
	if freeloader {
		l.Menu.FreeLdr = bootini.ParseFreeLdr(data)
	} else {
		l.Menu.Ini = bootini.Parse(data)
	}
	l.Menu.resolve(p, l.Disks)
	return l
}

const (
	head    = "[boot loader]\r\ntimeout=30\r\ndefault="
	systems = "\r\n[operating systems]\r\n"
	title   = "=\"XP\" /fastdetect\r\n"
)

func arc(rdisk, partition int, folder string) string {
	return fmt.Sprintf(`multi(0)disk(0)rdisk(%d)partition(%d)%s`, rdisk, partition, folder)
}

func TestCorrections(t *testing.T) {
	one, two := arc(0, 1, `\WINDOWS`), arc(0, 2, `\WINDOWS`)
	for name, tt := range map[string]struct {
		partitions []int
		windows    []string
		ini, want  string
	}{
		"right":                {[]int{1}, []string{`0.1\WINDOWS`}, head + one + systems + one + title, head + one + systems + one + title},
		"partition":            {[]int{2}, []string{`0.2\WINDOWS`}, head + one + systems + one + title, head + two + systems + two + title},
		"disk":                 {[]int{1, 1}, []string{`1.1\WINDOWS`}, head + one + systems + one + title, head + arc(1, 1, `\WINDOWS`) + systems + arc(1, 1, `\WINDOWS`) + title},
		"default only":         {[]int{2}, []string{`0.2\WINDOWS`}, head + one + systems + two + title, head + two + systems + two + title},
		"spelling stays":       {[]int{2}, []string{`0.2\WINDOWS`}, head + "MULTI(0)Disk(0)rdisk(0)partition(1)\\Windows" + systems + "; mine\nMULTI(0)Disk(0)rdisk(0)partition(1)\\Windows=XP /x\n", head + "MULTI(0)Disk(0)rdisk(0)partition(2)\\Windows" + systems + "; mine\nMULTI(0)Disk(0)rdisk(0)partition(2)\\Windows=XP /x\n"},
		"two entries for one":  {[]int{2}, []string{`0.2\WINDOWS`}, head + one + systems + one + title + one + "=\"safe\" /safeboot\r\n", head + two + systems + two + title + two + "=\"safe\" /safeboot\r\n"},
		"other system stays":   {[]int{3}, []string{`0.2\WINDOWS`, `0.3\WINNT`}, head + one + systems + one + title + arc(0, 3, `\WINNT`) + title, head + two + systems + two + title + arc(0, 3, `\WINNT`) + title},
		"both moved":           {[]int{4}, []string{`0.2\WINDOWS`, `0.4\WINNT`}, head + one + systems + one + title + arc(0, 3, `\WINNT`) + title, head + two + systems + two + title + arc(0, 4, `\WINNT`) + title},
		"added":                {[]int{2}, []string{`0.2\WINXP`}, head + one + systems + one + title, head + arc(0, 2, `\WINXP`) + systems + one + title + arc(0, 2, `\WINXP`) + "=\"Microsoft Windows XP\" /noexecute=optin /fastdetect\r\n"},
		"two alike, no answer": {[]int{3}, []string{`0.2\WINDOWS`, `0.3\WINDOWS`}, head + one + systems + one + title, head + one + systems + one + title},
		"no default line":      {[]int{1}, []string{`0.1\WINDOWS`}, "[boot loader]" + systems + one + title, "[boot loader]" + systems + one + title},
		"boot sector":          {[]int{1}, []string{`0.1\WINDOWS`}, head + `C:\` + systems + `C:\="DOS"` + "\r\n" + one + title, head + `C:\` + systems + `C:\="DOS"` + "\r\n" + one + title},
	} {
		p := patientOf(tt.partitions, tt.windows...)
		l := loaderFor(p, []byte(tt.ini), false)
		all, _ := l.Wrong()
		got, err := l.Apply(all)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %v\n%q; want\n%q", name, err, got, tt.want)
		}
		again, _ := loaderFor(p, got, false).Wrong()
		if len(again) > 0 {
			t.Errorf("%s: afterwards %+v", name, again)
		}
	}
}

// FuzzMenu: corrected once, nothing is left to correct, in whatever text.
func FuzzMenu(f *testing.F) {
	one, two := arc(0, 1, `\WINDOWS`), arc(1, 2, `\WINNT`)
	f.Add([]byte(head+one+systems+one+title+two+title), false)
	f.Add([]byte(head+two+systems+one+title+"C:\\=\"x\"\n"), false)
	f.Add([]byte(head+"signature(1001)disk(0)rdisk(0)partition(2)\\WINNT"+systems+"scsi(0)disk(1)rdisk(0)partition(1)\\windows=x /hal=a /kernel=b\r"), false)
	f.Add([]byte("[FREELOADER]\nDefaultOS=A\n[Operating Systems]\nA=\"a\"\nB=b\n[A]\nBootType=Windows2003\nSystemPath="+two+"\nOptions=/HAL=x\n[B]\nBootType=Windows\nSystemPath="+one+"\n"), true)
	f.Add([]byte("\xff\xfe[\x00"), false)
	f.Fuzz(func(t *testing.T, data []byte, freeloader bool) {
		p := patientOf([]int{3, 2}, `0.2\WINDOWS`, `1.1\WINNT`, `0.3\WINDOWS.0`)
		l := loaderFor(p, data, freeloader)
		wrong, _ := l.Wrong()
		scsi, _ := l.NeedsSCSI()
		got, err := l.Apply(append(wrong, scsi...))
		if err != nil {
			t.Fatal(err)
		}
		if len(wrong)+len(scsi) == 0 && !bytes.Equal(got, data) {
			t.Errorf("nothing to correct, and %q became %q", data, got)
		}
		after := loaderFor(p, got, freeloader)
		again, _ := after.Wrong()
		more, _ := after.NeedsSCSI()
		if len(again)+len(more) > 0 {
			t.Errorf("%q became %q, and is still wrong: %+v %+v", data, got, again, more)
		}
		if content, err := l.NewMenu(); err != nil || len(content) == 0 {
			t.Error(err)
		}
	})
}
