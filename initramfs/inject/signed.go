package inject

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// checkSigned: from Vista on the 64-bit kernels load signed boot drivers only.
// Whether this Windows can check a signature made with SHA-2 is a matter of
// Doubts. Files that Windows itself brought along are signed by its own catalogs.
func checkSigned(w *inspect.Installation, d *Driver) error {
	policy := source.PolicyOf(Target(w), true)
	if d.Package == nil || !policy.Required {
		return nil
	}
	err := error(source.ErrUnsigned)
	if d.Package.Signing != nil {
		err = d.Package.Signing.Check(policy)
	}
	if err == nil {
		return nil
	}
	return refusals(d.Service.Name, d.Service.file(), d.Origin...)(Unsigned,
		"%s; %s for %s loads signed boot drivers only. Provide the signed package of the manufacturer, with its catalog (.cat)", oneLine(err), versionName(w), w.Arch)
}

// oneLine is an error that may be several, each once.
func oneLine(err error) string {
	var all []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if !slices.ContainsFunc(all, func(s string) bool { return strings.HasSuffix(s, line) }) {
			all = append(all, line)
		}
	}
	return strings.Join(all, "; ")
}

// Doubts are sentences about what speaks against a driver without being
// certain; with one, the driver is put in only when a person wants it.
func Doubts(w *inspect.Installation, d *Driver) ([]string, error) {
	policy := source.PolicyOf(Target(w), false)
	if d.Package == nil || d.Package.Signing == nil || !policy.Required || policy.SHA2 {
		return nil, nil
	}
	if err := d.Package.Signing.Check(policy); !errors.Is(err, source.ErrNeedsSHA2) {
		return nil, nil
	}
	kb, err := knowsSHA2(w)
	if kb != "" || err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("%s is signed with SHA-2 only, and it cannot be told whether this Windows has the update that understands it (%s)",
		d.Service.Name, strings.Join(sha2Updates(), ", "))}, nil
}

// sha2Updates are the updates for Vista, Server 2008, 7 and Server 2008 R2 that
// let the loader check SHA-2: KB3033929 for 7, KB4039648 for Vista, KB4474419
// for both (VeraCrypt 1.25.7, release notes; virt-v2v.pod).
func sha2Updates() []string { return []string{"KB3033929", "KB4474419", "KB4039648"} }

const (
	packagesKey    = `Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages`
	stateInstalled = 112 // CurrentState of a package that is installed
)

// knowsSHA2 names the update that taught this Windows SHA-2, "" when there is
// none to be found. The names of packages start with Package_for_ and the
// number of the update (several installers look for them there). That none is
// there proves nothing: monthly rollups have the same files.
func knowsSHA2(w *inspect.Installation) (string, error) {
	soft, err := openHive(w, softwareHive)
	if err != nil {
		return "", err
	}
	packages, err := soft.h.Key(packagesKey)
	if err != nil {
		return "", absent(err)
	}
	keys, err := packages.Subkeys()
	if err != nil {
		return "", err
	}
	for _, k := range keys {
		name, _, _ := strings.Cut(k.Name(), "~")
		kb := strings.TrimPrefix(name, "Package_for_")
		if !slices.Contains(sha2Updates(), kb) {
			continue
		}
		v, err := k.Value("CurrentState")
		if errors.Is(err, regf.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		if state, err := v.DWORD(); err == nil && state == stateInstalled {
			return kb, nil
		}
	}
	return "", nil
}
