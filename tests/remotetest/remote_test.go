package remotetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/pid1/remote"
	"github.com/bootmend/bootmend/tests/tool"
)

// place is a running server and a client's files.
type place struct {
	t    *testing.T
	dir  string // of keys
	home string // the server's
	port string
	log  func() string
}

// key makes a key pair and returns its public line.
func key(t *testing.T, dir, kind string) (line string) {
	t.Helper()
	file := filepath.Join(dir, kind)
	if out, err := exec.Command("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "somebody@somewhere", "-f", file).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	text, err := os.ReadFile(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// start runs a server that knows the keys of a text.
func start(t *testing.T, dir, text string) *place {
	t.Helper()
	keys, err := remote.ParseKeys(text)
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
	var mu sync.Mutex
	var log strings.Builder
	p := &place{t: t, dir: dir, home: t.TempDir(), log: func() string { mu.Lock(); defer mu.Unlock(); return log.String() }}
	s := &remote.Server{Keys: keys, HostKey: host, Login: []string{"/bin/sh"}, Shell: "/bin/sh", Env: []string{"PATH=" + os.Getenv("PATH"), "PS1=ready> "}, Dir: p.home,
		Logf: func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprintf(&log, format+"\n", args...)
		}}
	_, p.port, _ = net.SplitHostPort(l.Addr().String())
	known := fmt.Sprintf("[127.0.0.1]:%s %s", p.port, base64Line(host.PublicKey().Type(), host.PublicKey().Marshal()))
	if err := os.WriteFile(filepath.Join(dir, "known"), []byte(known), 0o600); err != nil {
		t.Fatal(err)
	}
	// Whoever runs the tests may ignore the signal of a hang-up (nohup), and sessions would
	// inherit that; one that is listened to has its default in a program that is started.
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(hup) })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("Serve does not end")
		}
	})
	return p
}

func base64Line(kind string, blob []byte) string {
	return kind + " " + base64.StdEncoding.EncodeToString(blob) + "\n"
}

// client is a call of ssh, sftp or scp with that key. The host key is checked.
func (p *place) client(program, kind string, args ...string) *exec.Cmd {
	port := "-p"
	if program != "ssh" {
		port = "-P"
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	p.t.Cleanup(cancel)
	return exec.CommandContext(ctx, program, append([]string{"-F", "none", port, p.port, "-i", filepath.Join(p.dir, kind),
		"-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=" + filepath.Join(p.dir, "known")}, args...)...)
}

func (p *place) run(cmd *exec.Cmd) (out string, code int) {
	p.t.Helper()
	b, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return string(b), cmd.ProcessState.ExitCode()
}

// Each way to write a key on a command line lets its owner in.
func TestKeysLetIn(t *testing.T) {
	tool.Need(t, "ssh", "sftp", "scp", "ssh-keygen")
	dir := t.TempDir()
	kinds := []string{"ed25519", "ecdsa", "rsa"}
	var lines, blobs []string
	for _, kind := range kinds {
		line := key(t, dir, kind)
		lines, blobs = append(lines, line), append(blobs, strings.Fields(line)[1])
	}
	file := "# my keys\n\n" + strings.Join(lines, "\n") + "\n"
	for name, text := range map[string]string{
		"file":           file,
		"blobs":          strings.Join(blobs, ","),
		"type and colon": "ssh-ed25519:" + blobs[0] + "," + blobs[1] + "," + strings.TrimRight(blobs[2], "="),
		"escaped":        strings.ReplaceAll(strings.Join(lines, ","), " ", "%20"),
		"file in base64": base64.URLEncoding.EncodeToString([]byte(strings.Join(lines, "\n"))),
	} {
		p := start(t, dir, text)
		for _, kind := range kinds {
			out, code := p.run(p.client("ssh", kind, "root@127.0.0.1", "echo out; echo err >&2; exit 3"))
			if !strings.Contains(out, "out\n") || !strings.Contains(out, "err\n") || code != 3 {
				t.Errorf("%s, %s: exit %d: %s\n%s", name, kind, code, out, p.log())
			}
		}
	}
}

// A stranger, a password and everything but sessions is refused.
func TestOthersStayOut(t *testing.T) {
	tool.Need(t, "ssh", "sftp", "scp", "ssh-keygen")
	dir := t.TempDir()
	known := key(t, dir, "ed25519")
	_ = key(t, dir, "ecdsa") // of a stranger
	p := start(t, dir, known)
	if out, code := p.run(p.client("ssh", "ecdsa", "root@127.0.0.1", "echo in")); code != 255 || strings.Contains(out, "in\n") || !strings.Contains(out, "publickey") {
		t.Errorf("a stranger: exit %d: %s", code, out)
	}
	if out, code := p.run(p.client("ssh", "ecdsa", "-o", "BatchMode=no", "-o", "PreferredAuthentications=password,keyboard-interactive,none", "-o", "NumberOfPasswordPrompts=1", "root@127.0.0.1", "echo in")); code != 255 || !strings.Contains(out, "(publickey)") {
		t.Errorf("a password: exit %d: %s", code, out)
	}
	if out, code := p.run(p.client("ssh", "ed25519", "-W", "127.0.0.1:"+p.port, "root@127.0.0.1")); code == 0 || !strings.Contains(out, "only sessions") {
		t.Errorf("forwarding: exit %d: %s", code, out)
	}
	if out, code := p.run(p.client("ssh", "ed25519", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:1", "root@127.0.0.1", "echo in")); code == 0 {
		t.Errorf("forwarding back: %s", out)
	}
	if log := p.log(); !strings.Contains(log, "was not let in") || !strings.Contains(log, "came in with key SHA256:") {
		t.Errorf("log: %s", log)
	}
	for _, text := range []string{"", "# none\n", "hello", "AAAA", "ssh-ed25519", `no-pty ` + known, strings.Repeat("A", 1<<16)} {
		if keys, err := remote.ParseKeys(text); err == nil || len(keys) > 0 {
			t.Errorf("%.40q: %d keys, %v", text, len(keys), err)
		}
	}
	if keys, err := remote.ParseKeys("nonsense," + strings.Fields(known)[1]); err == nil || len(keys) != 1 {
		t.Errorf("one good key of two: %d, %v", len(keys), err)
	}
}

// Terminals, pipes and files work.
func TestSessions(t *testing.T) {
	tool.Need(t, "ssh", "sftp", "scp", "ssh-keygen")
	dir := t.TempDir()
	p := start(t, dir, key(t, dir, "ed25519"))
	cmd := p.client("ssh", "ed25519", "-tt", "root@127.0.0.1")
	cmd.Env = append(os.Environ(), "TERM=vt220")
	cmd.Stdin = strings.NewReader("tty; echo $TERM; stty size\nexit 7\n")
	out, code := p.run(cmd)
	if code != 7 || !strings.Contains(out, "/dev/pts/") || !strings.Contains(out, "vt220") {
		t.Errorf("terminal: exit %d: %q", code, out)
	}
	data := make([]byte, 3<<20)
	_, _ = rand.Read(data)
	cmd = p.client("ssh", "ed25519", "root@127.0.0.1", "cat; echo x >&2")
	cmd.Stdin = bytes.NewReader(data)
	if back, err := cmd.Output(); err != nil || !bytes.Equal(back, data) {
		t.Errorf("pipe: %d bytes back of %d, %v", len(back), len(data), err)
	}
	local, back := filepath.Join(dir, "a file"), filepath.Join(dir, "back")
	if err := os.WriteFile(local, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, code := p.run(p.client("scp", "ed25519", local, "root@127.0.0.1:copied")); code != 0 {
		t.Errorf("scp there: %s", out)
	}
	cmd = p.client("sftp", "ed25519", "-b", "-", "root@127.0.0.1")
	cmd.Stdin = strings.NewReader("mkdir sub\nrename copied sub/moved\nget sub/moved \"" + back + "\"\nls -l sub\n")
	if out, code := p.run(cmd); code != 0 || !strings.Contains(out, "moved") {
		t.Errorf("sftp: exit %d: %s", code, out)
	}
	if got, err := os.ReadFile(back); err != nil || !bytes.Equal(got, data) {
		t.Errorf("sftp: %d bytes, %v", len(got), err)
	}
	if _, err := os.Stat(filepath.Join(p.home, "sub/moved")); err != nil {
		t.Error(err)
	}
}

// What a session started ends when its line is cut.
func TestHangUp(t *testing.T) {
	tool.Need(t, "ssh", "sftp", "scp", "ssh-keygen")
	dir := t.TempDir()
	p := start(t, dir, key(t, dir, "ed25519"))
	mark := filepath.Join(p.home, "pid")
	cmd := p.client("ssh", "ed25519", "-tt", "root@127.0.0.1", "echo $$ > "+mark+"; sleep 1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid string
	wait(t, "the command to start", func() bool {
		b, _ := os.ReadFile(mark)
		pid = strings.TrimSpace(string(b))
		return pid != ""
	})
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	wait(t, "process "+pid+" to end", func() bool {
		state, err := os.ReadFile("/proc/" + pid + "/stat")
		return err != nil || strings.Contains(string(state), ") Z ")
	})
	wait(t, "the log", func() bool { return strings.Contains(p.log(), "has left") })
}

// TestHangUpSparesWork: what does not end by a hang-up, as a repair that is being
// written does not, is left to its end, and its output does not hold it up.
func TestHangUpSparesWork(t *testing.T) {
	tool.Need(t, "ssh", "sftp", "scp", "ssh-keygen")
	for _, terminal := range []string{"-T", "-tt"} {
		t.Run(terminal, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			p := start(t, dir, key(t, dir, "ed25519"))
			begun, done := filepath.Join(p.home, "begun"), filepath.Join(p.home, "done")
			// More output than a terminal or a pipe holds.
			work := "trap '' HUP PIPE; touch " + begun + "; sleep 6; i=0; while [ $i -lt 3000 ]; do echo 'a line of a repair that somebody wanted to see' 2>/dev/null; i=$((i+1)); done; touch " + done
			cmd := p.client("ssh", "ed25519", terminal, "root@127.0.0.1", work)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			there := func(path string) func() bool { return func() bool { _, err := os.Stat(path); return err == nil } }
			wait(t, "the command to start", there(begun))
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			wait(t, "the command to end by itself", there(done))
		})
	}
}

func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
