package vm

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/pid1/remote"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/tool"
)

// TestCopyOutOfImage: a person saves a hive from the broken machine to this one, which
// runs an SSH server; the key of it is shown and confirmed.
func TestCopyOutOfImage(t *testing.T) {
	needQEMU(t)
	campaign(t)
	tool.Need(t, "ssh-keygen")
	dir := t.TempDir()
	file := filepath.Join(dir, "key")
	tool.Must(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file)
	private, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	public, err := os.ReadFile(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := remote.ParseKeys(string(public))
	if err != nil {
		t.Fatal(err)
	}
	host, err := remote.NewHostKey()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	server := &remote.Server{Keys: keys, HostKey: host, Login: []string{"/bin/sh"}, Shell: "/bin/sh", Dir: home}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())

	g := guests.MustLoad(t, "winxp-x86")
	c := direct(t, "bootmend.mode=shell bootmend.net=dhcp quiet")
	c.Disks = []Disk{{g.Build(t), IDE}}
	c.More = []string{"-nic", "user,model=virtio-net-pci"}
	person := sitDown(t, c)
	setup := []line{{"mount-windows", 0, []string{"on /mnt/c (fuseblk, read-only)"}}}
	for i, l := range strings.Split(strings.TrimSpace(string(private)), "\n") {
		into := ">>"
		if i == 0 {
			into = ">"
		}
		setup = append(setup, line{"echo '" + l + "' " + into + " /tmp/key", 0, nil})
	}
	person.work(t, setup)
	_, hive := g.SystemHive()
	command := "copy-out -i /tmp/key -P " + port + " '/mnt/c" + strings.ReplaceAll(hive.Path, `\`, "/") + "' root@10.0.2.2:saved/"
	if err := person.Type(command + "\r"); err != nil {
		t.Fatal(err)
	}
	if _, err := person.Wait(`Is it that machine\? Type yes: `, 60e9); err != nil {
		t.Error(err)
	}
	if !strings.Contains(person.Shown(), server.Fingerprint()) {
		t.Errorf("the key %s is not shown", server.Fingerprint())
	}
	if err := person.Type("yes\r"); err != nil {
		t.Fatal(err)
	}
	if _, err := person.Wait(`1 files, \d+ bytes copied to 10\.0\.2\.2`, 60e9); err != nil {
		t.Error(err)
	}
	person.work(t, []line{
		{command, 1, []string{"is there already and stays", "0 files, 0 bytes"}}, // nobody is asked again
		{"umount-windows", 0, nil},
	})
	person.leave(t)
	saved, err := os.ReadFile(filepath.Join(home, "saved", filepath.Base(strings.ReplaceAll(hive.Path, `\`, "/"))))
	if err != nil || !strings.HasPrefix(string(saved), "regf") {
		t.Errorf("saved: %d bytes, %v", len(saved), err)
	}
}
