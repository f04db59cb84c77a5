package guests

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// makeVolume writes the file system of p, filled, to a file of its own.
func makeVolume(dst string, g *Guest, p Partition) error {
	f, err := os.Create(dst)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Truncate(p.Size); err != nil {
		return err
	}
	stage, err := os.MkdirTemp(filepath.Dir(dst), "stage")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	for _, e := range p.Entries {
		if err := stageEntry(stage, e); err != nil {
			return fmt.Errorf("%s: %w", e.Path, err)
		}
	}
	switch p.FS {
	case "ntfs":
		err = makeNTFS(dst, stage, p, heads(g.Size))
	case "vfat", "fat16":
		err = makeFAT(dst, stage, p, heads(g.Size))
	default:
		err = fmt.Errorf("partition %d: no way to make a %q", p.Number, p.FS)
	}
	if err != nil {
		return err
	}
	return writeVolumeCode(dst, p, p.generation())
}

// stageEntry writes an entry below the staging directory.
func stageEntry(stage string, e Entry) error {
	path := filepath.Join(stage, filepath.FromSlash(strings.ReplaceAll(e.Path, `\`, "/")))
	if e.Kind == Dir {
		return os.MkdirAll(path, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	switch e.Kind {
	case Hive:
		return compileHive(path, e)
	case PE:
		data, err := peImage(e)
		if err != nil {
			return err
		}
		return os.WriteFile(path, data, 0o644)
	case Cab:
		return makeCabinet(path, e)
	case Zero:
		n, err := size(e.Arg)
		if err != nil {
			return err
		}
		return os.WriteFile(path, make([]byte, n), 0o644)
	case Text, File:
		return os.WriteFile(path, e.Data, 0o644)
	}
	return fmt.Errorf("unknown kind %q", e.Kind)
}

// makeCabinet packs stand-in PE files by gcab, compressed as Windows' own are not
// (those are LZX): MSZIP. It writes the times of the files, which are the same each
// time.
func makeCabinet(dst string, e Entry) error {
	words := strings.Fields(e.Arg)
	dir, err := os.MkdirTemp("", "bootmend-cab")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	args := []string{"--create", "--zip", "--nopath", dst}
	for _, name := range words[1:] {
		data, err := peFile(words[0], e.Version)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return err
		}
		if err := os.Chtimes(path, cabinetDate, cabinetDate); err != nil {
			return err
		}
		args = append(args, path)
	}
	if out, err := exec.Command("gcab", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("gcab %v: %w: %s", args, err, out)
	}
	return nil
}

// makeNTFS formats with the geometry that Windows writes into a boot sector: the
// heads of the BIOS, 63 sectors per track, hidden sectors = start of the partition.
func makeNTFS(dst, stage string, p Partition, heads int) error {
	args := []string{"-Q", "-F", "-q", "-s", "512", "-c", "4096", "-H", strconv.Itoa(heads), "-S", "63",
		"-p", strconv.FormatInt(p.Start/SectorSize, 10)}
	if p.Label != "" {
		args = append(args, "-L", p.Label)
	}
	if out, err := exec.Command("mkntfs", append(args, dst)...).CombinedOutput(); err != nil {
		return fmt.Errorf("mkntfs %v: %w: %s", args, err, out)
	}
	return WithNTFS(dst, `cp -r "$1"/. .`, stage)
}

// WithNTFS mounts the NTFS volume in the file with ntfs-3g, runs the shell
// script in its root with the arguments as $1, $2, ..., unmounts it and waits
// until ntfs-3g has written everything. The mount lives in a mount namespace
// of its own, so nothing stays mounted whatever happens.
func WithNTFS(volume, script string, args ...string) error {
	mnt, err := os.MkdirTemp("", "bootmend-mnt")
	if err != nil {
		return err
	}
	defer os.Remove(mnt)
	namespace := []string{"--mount"}
	if os.Getuid() != 0 {
		// Not mapped to root: ntfs-3g would then drop its groups, which such a
		// namespace forbids.
		namespace = append(namespace, "--user", "--map-current-user", "--keep-caps")
	}
	argv := append(namespace, "sh", "-c", mountScript, "sh", volume, mnt, script)
	out, err := exec.Command("unshare", append(argv, args...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("in ntfs-3g mount of %s: %w: %s", volume, err, out)
	}
	return nil
}

// mountScript: $1 volume, $2 mount point, $3 script, its arguments.
const mountScript = `
volume=$1 mnt=$2 script=$3
shift 3
ntfs-3g -o no_detach,compression "$volume" "$mnt" & server=$!
trap 'kill $server 2>/dev/null' EXIT # a server that stays would hold our output open
tries=0
until mountpoint -q "$mnt"; do
	tries=$((tries+1))
	if [ $tries -gt 3000 ]; then kill $server; fi
	if ! kill -0 $server; then wait $server; exit 90; fi
	sleep 0.02
done
(cd "$mnt" && set -e && eval "$script"); status=$?
tries=0
until umount "$mnt"; do
	tries=$((tries+1))
	if [ $tries -gt 100 ]; then exit 91; fi
	sleep 0.1
done
wait $server || exit 92
exit $status
`

// makeFAT formats by mkfs.vfat and fills by mtools.
func makeFAT(dst, stage string, p Partition, heads int) error {
	args := []string{"-S", "512", "-h", strconv.FormatInt(p.Start/SectorSize, 10), "-g", fmt.Sprintf("%d/63", heads)}
	switch {
	case p.FS == "fat16":
		args = append(args, "-F", "16")
	case p.Size >= 33<<20:
		args = append(args, "-F", "32", "-s", "1")
	}
	if p.Label != "" {
		args = append(args, "-n", strings.ToUpper(p.Label))
	}
	if out, err := exec.Command("mkfs.vfat", append(args, dst)...).CombinedOutput(); err != nil {
		return fmt.Errorf("mkfs.vfat %v: %w: %s", args, err, out)
	}
	tops, err := filepath.Glob(filepath.Join(stage, "*"))
	if err != nil || len(tops) == 0 {
		return err
	}
	cmd := exec.Command("mcopy", append(append([]string{"-s", "-i", dst}, tops...), "::")...)
	cmd.Env = append(os.Environ(), "MTOOLS_SKIP_CHECK=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mcopy: %w: %s", err, out)
	}
	return nil
}
