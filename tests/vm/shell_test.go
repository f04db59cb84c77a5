package vm

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/offer"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/tool"
)

// line is what a person types, the exit code, and what is shown.
type line struct {
	typed string
	code  int
	says  []string
}

// sitDown starts a machine that goes to the shell at once.
func sitDown(t *testing.T, c Config) *Typist {
	t.Helper()
	dir, err := os.MkdirTemp("", "vm") // short: it holds a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c.Timeout = 9 * time.Minute
	h := start(t, c.ForTypist(dir))
	give := func(err error) {
		h.Kill()
		_ = h.Wait()
		t.Fatal(err)
	}
	p, err := h.Typist(dir)
	if err != nil {
		give(err)
	}
	t.Cleanup(func() {
		p.Close()
		if t.Failed() {
			t.Logf("serial line:\n%s", p.Shown())
		}
	})
	if _, err := p.Wait(`bootmend:[^\n]*# `, 6*time.Minute); err != nil {
		give(err)
	}
	return p
}

// work types lines and looks at what comes.
func (p *Typist) work(t *testing.T, lines []line) {
	t.Helper()
	for _, l := range lines {
		out, code, err := p.Do(l.typed)
		if err != nil {
			p.h.Kill()
			_ = p.h.Wait()
			t.Fatal(err)
		}
		if code != l.code {
			t.Errorf("%s: exit %d, want %d:\n%s", l.typed, code, l.code, out)
		}
		flat := strings.Join(strings.Fields(out), " ")
		for _, want := range l.says {
			if !strings.Contains(flat, want) {
				t.Errorf("%s: %q is missing:\n%s", l.typed, want, out)
			}
		}
	}
}

// leave switches the machine off as a person does.
func (p *Typist) leave(t *testing.T) {
	t.Helper()
	if err := p.Type("poweroff\r"); err != nil {
		t.Error(err)
	}
	if err := p.h.Wait(); err != nil {
		t.Error(err)
	}
	says(t, p.Shown(), "bootmend: init: power off")
}

// goBack leaves the shell for the menu and comes again.
func (p *Typist) goBack(t *testing.T) {
	t.Helper()
	for _, step := range []struct{ typed, sees string }{{"exit\r", `F10.{0,5}Shell`}, {"s", `bootmend:[^\n]*# `}} {
		if err := p.Type(step.typed); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Wait(step.sees, 2*time.Minute); err != nil {
			p.h.Kill()
			_ = p.h.Wait()
			t.Fatalf("after %q: %v", step.typed, err)
		}
	}
}

// TestShell: what the automatic mode does is done step by step at the shell, on a
// Windows 7 whose IDE driver does not start. Nothing is repaired below a mounted
// file system.
func TestShell(t *testing.T) {
	needQEMU(t)
	d, ok := damage.Find("storage-driver-disabled/ide-7")
	if !ok {
		t.Fatal("no such damage")
	}
	image, g := d.Build(t)
	c := direct(t, "bootmend.mode=shell quiet")
	c.Disks = []Disk{{image, IDE}}
	person := sitDown(t, c)
	person.work(t, []line{
		{"help", 0, []string{"bootmend explain 7B", "mount-windows"}},
		{"bootmend scan", 10, []string{"FINDING storage-driver-disabled", "RESULT can be repaired"}},
		{"explain 7b", 10, []string{"PRESENT storage-driver-disabled", "RESULT storage-driver-disabled is there and shows this"}},
		{"bootmend plan --only storage-driver-disabled", 10, []string{"PLAN for storage-driver-disabled", "PROOF"}},
		// The kernel refuses what is not the repair.
		{"cat /sys/block/sda/ro /sys/block/sda/sda1/ro", 0, []string{"1 1"}},
		{"dd if=/dev/zero of=/dev/sda1 bs=512 count=1", 1, []string{"not permitted"}},
		{"mount-windows", 0, []string{"/dev/sda", "on /mnt/c (fuseblk, read-only)"}},
		{"mount-windows", 11, []string{"is mounted on /mnt/c already"}},
		{"cp /mnt/c/Windows/System32/ntoskrnl.exe /tmp/k && sha256sum /tmp/k && ls /mnt/c", 0, []string{"Windows"}},
		{"touch /mnt/c/x", 1, []string{"ead-only file system"}},
		{"bootmend repair --yes --only storage-driver-disabled", 14, []string{"disk is in use"}},
		{"umount-windows", 0, []string{"/mnt/c is unmounted"}},
		{"bootmend repair --yes --only storage-driver-disabled", 0, []string{"RESULT repaired and verified"}},
		{"bootmend scan", 0, []string{"RESULT healthy"}},
		{"cat /sys/block/sda/ro /sys/block/sda/sda1/ro", 0, []string{"1 1"}},
		{"bootmend undo --yes", 0, []string{"RESULT taken back and verified"}},
		{"bootmend scan --explain storage-driver-disabled", 10, []string{"PRESENT w1", "decided: repaired, in automatic mode, too"}},
		{"lspci", 0, []string{"pci:8086:7010", "[Linux: ata_piix]", "has intelide"}},
		{"ls /mnt | wc -l", 0, []string{"0"}},
	})
	person.goBack(t)
	person.leave(t)
	n, _ := g.SystemHive()
	if err := oracle.NTFSStructure(oracle.Volume(t, image, g.Partition(n))); err != nil {
		t.Error(err)
	}
}

// TestShellFiles: other volumes, floppies and CDs, writing by hand, the expert tools
// and the editor.
func TestShellFiles(t *testing.T) {
	needQEMU(t)
	campaign(t)
	g := guests.MustLoad(t, "win2003-system-c")
	image := g.Build(t)
	c := direct(t, "bootmend.mode=shell quiet")
	c.Disks = []Disk{{image, IDE}}
	c.Floppy = offer.Files{"readme.txt": []byte("from the floppy\n")}.Floppy(t, 1440)
	c.Drivers = offer.Files{"info.txt": []byte("from the disc\n")}.Disc(t)
	person := sitDown(t, c)
	person.work(t, []line{
		// They are there when the shell comes.
		{"bootmend mount --list", 0, []string{"/dev/fd0 on /mnt/a (vfat, read-only)", "on /mnt/e (iso9660, read-only)"}},
		{"mount-media", 0, []string{"/dev/fd0 on /mnt/a (vfat, read-only)", "on /mnt/e (iso9660, read-only)"}},
		{"cat /mnt/a/readme.txt /mnt/e/info.txt", 0, []string{"from the floppy", "from the disc"}},
		{`bootmend fs ls '/dev/sda:2:\WINDOWS'`, 0, []string{"system32"}},
		{"mount-windows --rw", 0, []string{"on /mnt/d (fuseblk, for writing)", "WARNING", "bootmend undo does not take it back", "on /mnt/p1"}},
		{"echo by hand > /mnt/d/note.txt && cp /mnt/a/readme.txt /mnt/p1/", 0, nil},
		{"bootmend mount --list", 0, []string{"/mnt/a", "/mnt/d", "/mnt/p1"}},
		{"cat /sys/block/sda/ro", 0, []string{"0"}},
		{"umount-windows d p1", 0, []string{"/mnt/d is unmounted", "/mnt/p1 is unmounted"}},
		{"cat /sys/block/sda/ro /sys/block/sda/sda1/ro /sys/block/sda/sda2/ro", 0, []string{"1 1 1"}},
		{"cd /mnt/a && umount-media; cd /", 0, []string{"unmounted"}},
		{"printf 'a\\nb\\n' | wc -l", 0, []string{"2"}},
		{"nano --version", 0, []string{"GNU nano"}},
		{"cat /usr/share/doc/packages", 0, []string{"ntfs-3g", "libc6"}},
		{`bootmend hive get 'w1:\WINDOWS\system32\config\system' Select Current`, 0, []string{"1"}},
	})
	// What is still mounted when the machine is switched off is written out.
	person.work(t, []line{
		{"mount-windows --rw", 0, []string{"on /mnt/d (fuseblk, for writing)"}},
		{"echo late > /mnt/d/late.txt; echo late > /mnt/p1/late.txt", 0, nil},
	})
	person.leave(t)
	for _, file := range []struct {
		n    int
		path string
	}{{2, `\note.txt`}, {1, `\readme.txt`}, {2, `\late.txt`}, {1, `\late.txt`}} {
		n, path := file.n, file.path
		volume := oracle.Volume(t, image, g.Partition(n))
		read, check := oracle.NTFSFile, oracle.NTFSStructure
		if g.Partition(n).FS != "ntfs" {
			read, check = oracle.FATFile, oracle.FATStructure
		}
		if err := check(volume); err != nil {
			t.Error(err)
		}
		if data, err := read(volume, path); err != nil || len(data) == 0 {
			t.Errorf("partition %d %s: %q, %v", n, path, data, err)
		}
	}
}

// TestSSH: with a key on the kernel command line, or in the image, the machine takes
// commands and gives files over the network.
func TestSSH(t *testing.T) {
	needQEMU(t)
	campaign(t)
	tool.Need(t, "ssh", "sftp", "ssh-keygen")
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	tool.Must(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	const args = "bootmend.mode=shell bootmend.net=dhcp quiet"
	t.Run("command line", func(t *testing.T) {
		overSSH(t, direct(t, args+" bootmend.ssh="+strings.Fields(string(public))[1]), key)
	})
	t.Run("image", func(t *testing.T) {
		c := direct(t, args)
		c.Kernel, c.Initrd = withKey(t, key+".pub")
		overSSH(t, c, key)
	})
}

// withKey is kernel and initramfs of an image that has the key.
func withKey(t *testing.T, file string) (kernel, initrd string) {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	iso := filepath.Join(t.TempDir(), "keyed.iso")
	cmd := exec.Command("go", "run", "./cmds/mkrescue", "iso", "--from", rescueImage(t), "--ssh-key", file, "-o", iso)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if kernel, initrd, err = ExtractKernel(iso, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	return kernel, initrd
}

// overSSH starts the machine and works on it from here.
func overSSH(t *testing.T, c Config, key string) {
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	g := guests.MustLoad(t, "winxp-x86")
	c.Disks = []Disk{{g.Build(t), IDE}}
	c.More = append(c.More, "-nic", fmt.Sprintf("user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:%s-:22", port))
	person := sitDown(t, c)
	fingerprint := person.fingerprint()
	if fingerprint == "" {
		t.Error("no fingerprint on the console")
	}
	client := func(program string, args ...string) *exec.Cmd {
		flag := map[string]string{"ssh": "-p", "sftp": "-P"}[program]
		return exec.Command(program, append([]string{"-F", "none", flag, port, "-i", key, "-o", "IdentityAgent=none", "-o", "BatchMode=yes",
			"-o", "StrictHostKeyChecking=accept-new", "-o", "UserKnownHostsFile=" + filepath.Join(dir, "known")}, args...)...)
	}
	out, err := client("ssh", "root@127.0.0.1", "bootmend scan --json; echo code $?").CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("storage-driver-disabled")) || !bytes.Contains(out, []byte("code 10")) {
		t.Errorf("scan over SSH: %v\n%s", err, out)
	}
	shown := tool.Must(t, "ssh-keygen", "-l", "-f", filepath.Join(dir, "known"))
	if !bytes.Contains(shown, []byte(fingerprint)) {
		t.Errorf("the console says %s, the client %s", fingerprint, shown)
	}
	if out, err := client("ssh", "root@127.0.0.1", "mount-windows && sha256sum /mnt/c/WINDOWS/system32/ntoskrnl.exe").CombinedOutput(); err != nil {
		t.Errorf("mount-windows: %v\n%s", err, out)
	}
	copied := filepath.Join(dir, "copied")
	get := client("sftp", "-b", "-", "root@127.0.0.1")
	_, hive := g.SystemHive()
	get.Stdin = strings.NewReader("get /mnt/c" + strings.ReplaceAll(hive.Path, `\`, "/") + " " + copied + "\n")
	if out, err := get.CombinedOutput(); err != nil {
		t.Errorf("sftp: %v\n%s", err, out)
	}
	if data, err := os.ReadFile(copied); err != nil || !bytes.HasPrefix(data, []byte("regf")) {
		t.Errorf("copied %d bytes, %v", len(data), err)
	}
	menuAndShell(t, client("ssh", "-tt", "root@127.0.0.1"))
	person.work(t, []line{{"ip addr", 0, []string{"10.0.2.15"}}, {"umount-windows", 0, nil}})
	person.leave(t)
}

// fingerprint is that of the host key, which comes before or after the prompt.
func (p *Typist) fingerprint() string {
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if found := regexp.MustCompile(`host key (SHA256:\S+)\n`).FindStringSubmatch(p.Shown()); found != nil {
			return found[1]
		}
	}
	return ""
}

// menuAndShell comes in with a terminal, sees the menu, goes to the shell and leaves.
func menuAndShell(t *testing.T, ssh *exec.Cmd) {
	t.Helper()
	keys, err := ssh.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	ssh.Env = append(os.Environ(), "TERM=of-nobody")
	var shown watched
	ssh.Stdout, ssh.Stderr = &shown, &shown
	if err := ssh.Start(); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ sees, types string }{{"Shell", "s"}, {"bootmend explain 7B", "echo $TERM; exit 6\r"}} {
		if !shown.waitFor(step.sees) {
			t.Errorf("%q does not come: %q", step.sees, shown.String())
			_ = ssh.Process.Kill()
			break
		}
		if _, err := keys.Write([]byte(step.types)); err != nil {
			t.Error(err)
		}
	}
	_ = ssh.Wait()
	if code := ssh.ProcessState.ExitCode(); code != 6 || !strings.Contains(shown.String(), "xterm") {
		t.Errorf("exit %d: %q", code, shown.String())
	}
}

// watched is output that one waits for.
type watched struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

// String is all so far, without what moves the cursor.
func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return plain(w.text.String())
}

func (w *watched) waitFor(text string) bool {
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if strings.Contains(w.String(), text) {
			return true
		}
	}
	return false
}
