package hivefile

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
)

// OnVolume finds a hive and its logs on a volume. Errors wrap those of fs.
func OnVolume(volume fs.FS, path string) (Source, error) {
	f, err := volume.Open(path)
	if err != nil {
		return Source{}, err
	}
	parts := fs.SplitPath(path)
	name, folder := parts[len(parts)-1], fs.JoinPath(parts[:len(parts)-1]...)
	src := Source{Name: path, Hive: f, Size: f.Info().Size}
	for _, suffix := range LogSuffixes {
		log, err := volume.Open(path + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return Source{}, fmt.Errorf("%s: %w", path+suffix, err)
		}
		src.Logs = append(src.Logs, hivelog.Log{Name: name + suffix, R: log, Size: log.Info().Size})
	}
	src.Transactions = func() ([]hivelog.TransactionFile, error) {
		beside, err := transactionFiles(volume, folder, name)
		if err != nil {
			return nil, err
		}
		inside, err := transactionFiles(volume, fs.JoinPath(folder, TransactionFolder), name)
		return append(beside, inside...), err
	}
	return src, nil
}

// transactionFiles opens the transaction files in a folder, which need not
// exist.
func transactionFiles(volume fs.FS, folder, hive string) ([]hivelog.TransactionFile, error) {
	entries, err := volume.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []hivelog.TransactionFile
	for _, e := range entries {
		if e.IsDir() || !IsTransactionFile(hive, e.Name) {
			continue
		}
		f, err := volume.Open(fs.JoinPath(folder, e.Name))
		if err != nil {
			return nil, err
		}
		all = append(all, hivelog.TransactionFile{Name: e.Name, R: f, Size: e.Size})
	}
	return all, nil
}
