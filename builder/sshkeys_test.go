package builder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/ramfs"
)

// A key of nobody, made for this test.
const someKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBERERERERERERERERERERERERERERERERERERERERER somebody"

func TestSSHKeys(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, noEnd := file("good", "# me\n"+someKey+"\n\n"), file("no-end", someKey)
	keys, err := Options{SSHKeys: []string{good, noEnd}}.readSSHKeys()
	if err != nil || strings.Count(string(keys), someKey+"\n") != 2 {
		t.Errorf("%q, %v", keys, err)
	}
	for name, bad := range map[string]string{"private": file("id", "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n"), "no key": file("text", "hello\n"), "empty": file("empty", ""), "gone": filepath.Join(dir, "gone")} {
		if _, err := (Options{SSHKeys: []string{good, bad}}).readSSHKeys(); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	// They are behind an initramfs that is there, at a place where an archive may begin.
	m := &iso.Medium{Files: map[string][]byte{"boot/vmlinuz": []byte("k"), "boot/initrd.img": []byte("12345")}, Epoch: time.Unix(1e9, 0)}
	made := newBuild(Options{})
	if err := made.addAdditions(m, []ramfs.Entry{{Name: "etc/keys", Content: keys}}); err != nil {
		t.Fatal(err)
	}
	if b := m.Files["boot/initrd.img"]; string(b[:8]) != "12345\x00\x00\x00" || len(b) < 50 {
		t.Errorf("%d bytes, %q", len(b), b[:8])
	}
	if files := made.made.Files(); len(files) != 1 || files[0].Path != "boot/initrd.img:etc/keys" {
		t.Errorf("the manifest lists %v", files)
	}
	if err := made.addAdditions(m, nil); err != nil {
		t.Error(err)
	}
}

func TestLibraryPackages(t *testing.T) {
	for soname, want := range map[string]string{"libc.so.6": "libc6", "libntfs-3g.so.89": "libntfs-3g89", "libncursesw.so.6": "libncursesw6",
		"libX11.so.6": "libx11-6", "ld-linux-x86-64.so.2": "libc6"} {
		if got := libraryPackages(soname); got[0] != want {
			t.Errorf("%s: %v, want %s", soname, got, want)
		}
	}
}
