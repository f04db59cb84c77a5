package winver

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// currentVersion is the key in a SOFTWARE hive that everything is in.
const currentVersion = `Microsoft\Windows NT\CurrentVersion`

// ErrUnknown: there is no version to be had, or it makes no sense.
var ErrUnknown = errors.New("version of Windows unknown")

// Source is where a Version was read.
type Source string

// The sources of a version.
const (
	FromSoftware Source = "SOFTWARE hive"
	FromKernel   Source = "kernel file version"
)

// Version is what Windows says of itself. Texts are empty where a Windows does
// not have them or the source is the kernel.
type Version struct {
	Major, Minor, Build uint32
	UBR                 uint32 // update build revision, 0 before Windows 8.1 in hives
	ProductName         string // as stored: "Windows 10 Pro" also on Windows 11
	InstallationType    string // "Client", "Server", "Server Core"; Vista and later
	EditionID           string // "Professional", "ServerStandard"; Vista and later
	ServicePack         string // "Service Pack 3"
	Source              Source
}

// Read reads a SOFTWARE hive. Errors wrap regf.ErrNotExist when it has no
// CurrentVersion key, ErrUnknown when version or build are missing, and regf's
// errors.
func Read(h *regf.Hive) (Version, error) {
	k, err := h.Key(currentVersion)
	if err != nil {
		return Version{}, err
	}
	r := reader{k: k}
	v := Version{
		ProductName: r.text("ProductName"), InstallationType: r.text("InstallationType"),
		EditionID: r.text("EditionID"), ServicePack: r.text("CSDVersion"), Source: FromSoftware,
	}
	v.UBR, _ = r.number("UBR")
	major, ok := r.number("CurrentMajorVersionNumber")
	minor, ok2 := r.number("CurrentMinorVersionNumber")
	dotted, build := r.text("CurrentVersion"), r.text("CurrentBuildNumber")
	if r.err != nil {
		return Version{}, r.err
	}
	if ok && ok2 {
		v.Major, v.Minor = major, minor
	} else if v.Major, v.Minor, ok = parse(dotted); !ok {
		return Version{}, fmt.Errorf("%w: CurrentVersion is %q", ErrUnknown, dotted)
	}
	n, err := strconv.ParseUint(build, 10, 32)
	if err != nil {
		return Version{}, fmt.Errorf("%w: CurrentBuildNumber is %q", ErrUnknown, build)
	}
	v.Build = uint32(n)
	return v, nil
}

// Kernel makes a Version from the file version of ntoskrnl.exe, the most
// significant part first. Its build is that of the kernel file, which enabled
// feature updates do not change: 19041 also on 19045. Errors wrap ErrUnknown
// for versions that no Windows NT has.
func Kernel(file [4]uint16) (Version, error) {
	if file[0] < 3 || file[0] > 10 || file[2] == 0 {
		return Version{}, fmt.Errorf("%w: kernel file version %d.%d.%d.%d", ErrUnknown, file[0], file[1], file[2], file[3])
	}
	return Version{Major: uint32(file[0]), Minor: uint32(file[1]), Build: uint32(file[2]), UBR: uint32(file[3]), Source: FromKernel}, nil
}

// NT is the version number that names a generation: "5.1".
func (v Version) NT() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// String is the product, if known, and the version: "Microsoft Windows XP
// (5.1.2600)".
func (v Version) String() string {
	n := fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Build)
	if v.Product() == "" {
		return n
	}
	return v.Product() + " (" + n + ")"
}

// Product is ProductName, corrected for Windows 11.
func (v Version) Product() string {
	if rest, ok := strings.CutPrefix(v.ProductName, "Windows 10"); ok && v.Windows11() {
		return "Windows 11" + rest
	}
	return v.ProductName
}

// Windows11 reports whether it is a client of build 22000 or later.
func (v Version) Windows11() bool {
	return v.Major == 10 && v.Build >= 22000 && !v.Server()
}

// Server reports whether it is a server, by installation type or, before Vista,
// by product name. The product type in the SYSTEM hive knows better.
func (v Version) Server() bool {
	if v.InstallationType != "" {
		return strings.HasPrefix(v.InstallationType, "Server")
	}
	return strings.Contains(v.ProductName, "Server")
}

// AtLeast reports whether the version is major.minor or later.
func (v Version) AtLeast(major, minor uint32) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

// AtLeastBuild reports whether the version is major.minor.build or later.
func (v Version) AtLeastBuild(major, minor, build uint32) bool {
	if v.Major == major && v.Minor == minor {
		return v.Build >= build
	}
	return v.AtLeast(major, minor)
}

// parse reads "5.1".
func parse(s string) (major, minor uint32, ok bool) {
	a, b, found := strings.Cut(s, ".")
	x, err := strconv.ParseUint(a, 10, 16)
	y, err2 := strconv.ParseUint(b, 10, 16)
	return uint32(x), uint32(y), found && err == nil && err2 == nil
}

// reader reads values that may be absent or of another type, and keeps the
// first error of any other kind.
type reader struct {
	k   *regf.Key
	err error
}

func (r *reader) text(name string) string {
	v, err := r.k.Value(name)
	s := ""
	if err == nil {
		s, err = v.Text()
	}
	r.note(err)
	return s
}

func (r *reader) number(name string) (uint32, bool) {
	v, err := r.k.Value(name)
	var n uint32
	if err == nil {
		n, err = v.DWORD()
	}
	r.note(err)
	return n, err == nil
}

func (r *reader) note(err error) {
	if r.err == nil && !errors.Is(err, regf.ErrNotExist) && !errors.Is(err, regf.ErrType) {
		r.err = err
	}
}
