package pid1

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// SSHKeysPath is where mkrescue iso --ssh-key puts keys, below the root.
const SSHKeysPath = "etc/bootmend/authorized_keys"

// sshPath is the SSH server, and loginPath what a person with a terminal gets there:
// the menu, and the shell from it.
const (
	sshPath   = "/bbin/sshd"
	loginPath = "/bin/login"
)

// remoteKeys puts together who may come in: keys of the command line and the answer
// file ("image" stands for those that came with the image), and the image's. The
// text is for the server, which understands all their forms.
func remoteKeys(options []string, builtIn string) string {
	var all []string
	for _, o := range options {
		if o != "image" && o != "" {
			all = append(all, o)
		}
	}
	return strings.Join(append(all, builtIn), "\n")
}

// startRemote starts the SSH server when there is anybody who may come in. It is
// started once, when the network is up; when it ends it is started again, but not
// without end.
func (s *system) startRemote(options []string) {
	builtIn, _ := os.ReadFile("/" + SSHKeysPath) // mostly there is none
	keys := remoteKeys(options, string(builtIn))
	if strings.TrimSpace(keys) == "" {
		return
	}
	if !s.config.wantsNetwork() {
		if len(options) > 0 {
			s.sayf("SSH is started with a network only: bootmend.net=dhcp is missing")
		}
		return
	}
	go func() {
		for range 5 {
			code, err := s.runRemote(keys)
			s.sayf("the SSH server has ended (exit code %d, %v)", code, err)
			<-s.after(5 * time.Second)
		}
	}()
}

// runRemote runs the server until it ends. The keys are its input, its output goes
// to the consoles.
func (s *system) runRemote(keys string) (code int, err error) {
	in, feed, err := os.Pipe()
	if err != nil {
		return notStarted, err
	}
	defer feed.Close()
	r, w, err := os.Pipe()
	if err != nil {
		in.Close()
		return notStarted, err
	}
	defer r.Close()
	_, done, err := s.reaper.start([]string{sshPath, "-login", loginPath}, &syscall.ProcAttr{
		Dir: "/", Env: s.environ(), Files: []uintptr{in.Fd(), w.Fd(), w.Fd()}, Sys: &syscall.SysProcAttr{Setsid: true}})
	in.Close()
	w.Close()
	if err != nil {
		return notStarted, err
	}
	if _, err := io.WriteString(feed, keys); err != nil {
		s.sayf("keys for SSH: %v", err)
	}
	feed.Close()
	go s.showRemote(r)
	return exitCode(<-done), nil
}

// remoteNote is where the server's first line is kept, for whoever shows it again.
const remoteNote = "/run/bootmend/ssh"

// showRemote shows the server's first line, with the fingerprint of the host key, on
// the consoles; who comes and goes is written into the kernel's log (dmesg), where it
// disturbs no screen.
func (s *system) showRemote(r io.Reader) {
	lines := bufio.NewScanner(r)
	if lines.Scan() {
		s.sayf("%s", lines.Text())
		if err := writeNote(remoteNote, lines.Text()+"\n"); err != nil {
			s.sayf("%v", err)
		}
	}
	log, err := os.OpenFile("/dev/kmsg", os.O_WRONLY, 0)
	if err != nil {
		_, _ = io.Copy(s.out, r)
		return
	}
	defer log.Close()
	for lines.Scan() {
		_, _ = fmt.Fprintf(log, "<7>bootmend: %s\n", lines.Text()) // one write is one record
	}
}

func writeNote(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
