package bootchain

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// MissingImports names the files that a driver imports from and that are not where
// the loader looks for them: in system32\drivers and in system32. Delayed imports
// are left out, and the names of API sets (api-ms-win-..., ext-ms-...), which are
// no files; so are kernel and HAL, which the loader has loaded before any driver,
// from whatever file /KERNEL= and /HAL= say.
func MissingImports(w *inspect.Installation, image *pe.File) ([]string, error) {
	imports, err := image.Imports()
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, i := range imports {
		name := strings.ToLower(i.Name)
		if i.Delayed || name == "ntoskrnl.exe" || name == "hal.dll" || isAPISet(name) {
			continue
		}
		there, err := importThere(w, i.Name)
		if err != nil {
			return missing, err
		}
		if !there {
			missing = append(missing, i.Name)
		}
	}
	return missing, nil
}

func importThere(w *inspect.Installation, name string) (bool, error) {
	for _, dir := range []string{`system32\drivers\`, `system32\`} {
		info, err := w.Volume.FS.Stat(w.Path(dir + name))
		if err == nil && info.Size > 0 {
			return true, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return false, nil
}

// checkImports says which port driver or library a driver's file lacks: without it
// the loader does not load the driver.
func checkImports(w *inspect.Installation, path string) error {
	f, err := w.Volume.FS.Open(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	image, err := pe.Open(f, f.Info().Size)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	missing, err := MissingImports(w, image)
	if errors.Is(err, pe.ErrDamaged) {
		return fmt.Errorf("%s cannot be loaded: %w", path, err)
	}
	if err != nil {
		return fmt.Errorf("imports of %s: %w", path, err)
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s needs %s, which is not there", path, strings.Join(missing, ", "))
	}
	return nil
}
