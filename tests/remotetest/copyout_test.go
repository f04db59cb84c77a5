package remotetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/bootmend/bootmend/initramfs/pid1/copyout"
	"github.com/bootmend/bootmend/initramfs/pid1/remote"
	"github.com/bootmend/bootmend/tests/tool"
)

// sftpServer is OpenSSH's, which says what our files look like over there.
const sftpServer = "/usr/lib/openssh/sftp-server"

// other is another machine: an SSH server with passwords, whose files OpenSSH's server
// keeps.
type other struct {
	home   string
	target copyout.Target
	key    string // fingerprint
}

// another starts one. asks is "password" or "keyboard-interactive".
func another(t *testing.T, asks string, cutAfter int64) *other {
	t.Helper()
	tool.Need(t, sftpServer)
	host, err := remote.NewHostKey()
	if err != nil {
		t.Fatal(err)
	}
	const right = "correct horse"
	config := &ssh.ServerConfig{MaxAuthTries: 10}
	if asks == "password" {
		config.PasswordCallback = func(_ ssh.ConnMetadata, p []byte) (*ssh.Permissions, error) {
			if string(p) != right {
				return nil, errors.New("wrong")
			}
			return nil, nil
		}
	} else {
		config.KeyboardInteractiveCallback = func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			if a, err := ask("", "", []string{"Password: "}, []bool{false}); err != nil || len(a) != 1 || a[0] != right {
				return nil, errors.New("wrong")
			}
			return nil, nil
		}
	}
	config.AddHostKey(host)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	o := &other{home: t.TempDir(), key: ssh.FingerprintSHA256(host.PublicKey())}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	o.target = copyout.Target{User: "anna", Host: "127.0.0.1"}
	o.target.Port, _ = strconv.Atoi(port)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go o.serve(c, config, cutAfter)
		}
	}()
	return o
}

// serve serves one client; the line is cut after so many bytes of its data, if that is
// not 0.
func (o *other) serve(c net.Conn, config *ssh.ServerConfig, cutAfter int64) {
	defer c.Close()
	_, channels, requests, err := ssh.NewServerConn(c, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range requests {
				_ = r.Reply(r.Type == "subsystem", nil)
			}
		}()
		cmd := exec.Command(sftpServer)
		cmd.Dir, cmd.Stdout = o.home, channel
		in, err := cmd.StdinPipe()
		if err != nil || cmd.Start() != nil {
			return
		}
		go func() {
			if cutAfter > 0 {
				_, _ = io.CopyN(in, channel, cutAfter)
				c.Close()
			} else {
				_, _ = io.Copy(in, channel)
			}
			in.Close()
			_ = cmd.Wait()
			channel.Close()
		}()
	}
}

// typist answers questions for passwords from a list, and every other with yes.
type typist struct{ passwords []string }

func (p *typist) Line(string) (string, error) { return "yes", nil }

func (p *typist) Secret(string) (string, error) {
	if len(p.passwords) == 0 {
		return "", copyout.ErrNoPerson
	}
	first := p.passwords[0]
	p.passwords = p.passwords[1:]
	return first, nil
}

func (o *other) connect(t *testing.T, opt copyout.Options) (*copyout.Client, error) {
	t.Helper()
	if opt.Say == nil {
		opt.Say = io.Discard
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	c, err := copyout.Connect(ctx, o.target, opt)
	if err == nil {
		t.Cleanup(func() { c.Close() })
	}
	return c, err
}

// files are what lies there, with the length of each.
func (o *other) files(t *testing.T) (all []string) {
	t.Helper()
	err := filepath.Walk(o.home, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			rel, _ := filepath.Rel(o.home, path)
			all = append(all, rel+" "+strconv.FormatInt(info.Size(), 10))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// TestCopyOutPassword: a person gets in by either kind of password, after a mistake, too,
// and sees the key of the other machine; not without a password, or where the key is
// another one.
func TestCopyOutPassword(t *testing.T) {
	for _, asks := range []string{"password", "keyboard-interactive"} {
		o := another(t, asks, 0)
		var said bytes.Buffer
		if _, err := o.connect(t, copyout.Options{Person: &typist{[]string{"wrong", "correct horse"}}, Say: &said}); err != nil {
			t.Errorf("%s: %v", asks, err)
		}
		if !strings.Contains(said.String(), o.key) {
			t.Errorf("%s: the key was not shown: %q", asks, said.String())
		}
		for name, opt := range map[string]copyout.Options{
			"wrong":       {Person: &typist{[]string{"1", "2", "3", "correct horse", "correct horse"}}, HostKey: o.key},
			"nobody":      {Person: &typist{}, HostKey: o.key},
			"another key": {Person: &typist{[]string{"correct horse"}}, HostKey: "SHA256:x"},
		} {
			if _, err := o.connect(t, opt); err == nil {
				t.Errorf("%s: %s came in", asks, name)
			}
		}
	}
}

// TestCopyOut: files and folders arrive as they are, with their times; what is there
// stays; what cannot be read does not keep the others.
func TestCopyOut(t *testing.T) {
	o := another(t, "password", 0)
	c, err := o.connect(t, copyout.Options{Person: &typist{[]string{"correct horse"}}, HostKey: o.key})
	if err != nil {
		t.Fatal(err)
	}
	from := t.TempDir()
	big := bytes.Repeat([]byte("0123456789abcdef"), 300_000) // more than one request
	when := time.Date(2003, 4, 5, 6, 7, 8, 0, time.UTC)
	for name, data := range map[string][]byte{"big.bin": big, "empty": nil, "docs/Grüße.txt": []byte("hello"), "docs/deep/er/x": []byte("x")} {
		path := filepath.Join(from, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o600), os.Chtimes(path, when, when)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("big.bin", filepath.Join(from, "docs/link")); err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		name      string
		names     []string
		to        string
		recursive bool
		files     int
		failed    string // part of the reason, "" for none
		wrong     bool   // the whole call is refused
		left      string // that lies there then
	}{
		{"home folder", []string{"big.bin"}, "", false, 1, "", false, "big.bin 4800000"},
		{"there already", []string{"big.bin"}, "", false, 0, "is there already", false, ""},
		{"a new name", []string{"empty"}, "other.txt", false, 1, "", false, "other.txt 0"},
		{"a folder that is made", []string{"empty", "no-such", "big.bin"}, "made/here/", false, 2, "no-such", false, "made/here/big.bin 4800000"},
		{"a folder without -r", []string{"docs"}, "", false, 0, "is a folder", false, ""},
		{"a folder", []string{"docs"}, "", true, 2, "", false, "docs/deep/er/x 1"},
		{"a folder again", []string{"docs"}, "", true, 0, "is there already", false, "docs/Grüße.txt 5"},
		{"several onto a file", []string{"empty", "big.bin"}, "other.txt", false, 0, "", true, ""},
	}
	for _, s := range steps {
		var names []string
		for _, n := range s.names {
			names = append(names, filepath.Join(from, n))
		}
		done, err := c.Copy(context.Background(), names, s.to, s.recursive)
		if done.Files != s.files || (err != nil) != s.wrong {
			t.Errorf("%s: %+v, %v; want %d files", s.name, done, err, s.files)
		}
		if reason := errors.Join(done.Failed...); (reason != nil) != (s.failed != "") || reason != nil && !strings.Contains(reason.Error(), s.failed) {
			t.Errorf("%s: failed: %v; want %q", s.name, reason, s.failed)
		}
		if s.left != "" && !slices.Contains(o.files(t), s.left) {
			t.Errorf("%s: no %q in %q", s.name, s.left, o.files(t))
		}
	}
	if got, err := os.ReadFile(filepath.Join(o.home, "big.bin")); err != nil || !bytes.Equal(got, big) {
		t.Errorf("big.bin: %d bytes, %v", len(got), err)
	}
	if info, err := os.Stat(filepath.Join(o.home, "docs/Grüße.txt")); err != nil || !info.ModTime().Equal(when) {
		t.Errorf("time: %v, %v", info, err)
	}
	if all := o.files(t); slices.ContainsFunc(all, func(f string) bool { return strings.Contains(f, ".part") }) || len(all) != 6 {
		t.Errorf("there lie %q", all)
	}
}

// TestCopyOutCut: the line is cut in the middle of a file: an error, and no file by its
// name.
func TestCopyOutCut(t *testing.T) {
	o := another(t, "password", 1<<20)
	c, err := o.connect(t, copyout.Options{Person: &typist{[]string{"correct horse"}}, HostKey: o.key})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(file, make([]byte, 4<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	done, err := c.Copy(context.Background(), []string{file, file + "2"}, "", false)
	if done.Files != 0 || err == nil {
		t.Errorf("%+v, %v", done, err)
	}
	for _, f := range o.files(t) {
		if !strings.Contains(f, ".part ") {
			t.Errorf("there lies %q", f)
		}
	}
}

// TestCopyOutKey: a person with a key gets in to a server that takes keys only: the
// image's own, on another machine that was started from it.
func TestCopyOutKey(t *testing.T) {
	tool.Need(t, "ssh-keygen")
	dir := t.TempDir()
	p := start(t, dir, key(t, dir, "ed25519"))
	port, _ := strconv.Atoi(p.port)
	o := &other{home: p.home, target: copyout.Target{User: "root", Host: "127.0.0.1", Port: port}}
	if _, err := o.connect(t, copyout.Options{Person: &typist{[]string{"x", "x", "x"}}}); err == nil {
		t.Error("a password was enough")
	}
	c, err := o.connect(t, copyout.Options{Person: &typist{}, KeyFile: filepath.Join(dir, "ed25519")})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "ed25519.pub")
	if done, err := c.Copy(context.Background(), []string{file}, "", false); err != nil || done.Files != 1 || len(done.Failed) > 0 {
		t.Errorf("%+v, %v", done, err)
	}
	locked := filepath.Join(dir, "locked")
	tool.Must(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "phrase", "-f", locked)
	if _, err := o.connect(t, copyout.Options{Person: &typist{[]string{"wrong"}}, KeyFile: locked}); err == nil || !strings.Contains(err.Error(), "locked") {
		t.Errorf("a key with the wrong passphrase: %v", err)
	}
	if _, err := o.connect(t, copyout.Options{Person: &typist{[]string{"phrase"}}, KeyFile: locked}); err == nil {
		t.Error("a key that the server does not know")
	}
}
