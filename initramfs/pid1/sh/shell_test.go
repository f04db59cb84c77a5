//go:build !lean

package sh

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/pid1/pty"
)

// person sits at a terminal of a shell.
type person struct {
	t      *testing.T
	master *os.File
	mu     sync.Mutex
	shown  bytes.Buffer
	code   chan int
}

// sit starts a shell on a pseudo terminal.
func sit(t *testing.T, env ...string) *person {
	t.Helper()
	master, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.SetSize(master, 100, 30); err != nil {
		t.Fatal(err)
	}
	for _, v := range env {
		key, value, _ := strings.Cut(v, "=")
		t.Setenv(key, value)
	}
	p := &person{t: t, master: master, code: make(chan int, 1)}
	go func() { p.code <- Main(nil, terminal, terminal, terminal) }()
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			if err != nil {
				return
			}
			p.mu.Lock()
			p.shown.Write(buf[:n])
			p.mu.Unlock()
		}
	}()
	t.Cleanup(func() { terminal.Close(); master.Close() })
	return p
}

func (p *person) types(keys string) {
	if _, err := p.master.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

// sees waits for a text that was not there before the last call.
func (p *person) sees(text string) {
	p.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		p.mu.Lock()
		at := strings.Index(p.shown.String(), text)
		if at >= 0 {
			p.shown.Next(at + len(text))
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.t.Fatalf("%q is not shown; the screen has %q", text, p.shown.String())
}

func (p *person) leaves(code int) {
	p.t.Helper()
	select {
	case got := <-p.code:
		if got != code {
			p.t.Errorf("exit code %d, want %d", got, code)
		}
	case <-time.After(20 * time.Second):
		p.t.Fatal("the shell did not end")
	}
}

func TestAPersonAtTheShell(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, "bin")
	for name, text := range map[string]string{"bin/bootmend": "#!/bin/sh\n[ $1 = __completeNoDesc ] && printf 'scan\\nscrub\\n:4\\n'\n", "a long name.txt": "content\n", "bin/fail": "#!/bin/sh\nexit 7\n"} {
		file := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p := sit(t, "HOME="+home, "PATH="+path+":/bin:/usr/bin")
	p.sees("# ")
	p.types("cd " + home + "\r")
	p.sees(home + "# ")
	p.types("echo one two | wc -w\r")
	p.sees("\n2\r\n")
	p.sees("# ")
	// Completion of a file with blanks, of a command, and of what bootmend takes.
	p.types("cat a\t\r")
	p.sees("content")
	p.sees("# ")
	p.types("fai\t; echo code $?\r")
	p.sees("code 7")
	p.sees("# ")
	p.types("bootmend s\t\t")
	p.sees("scan")
	p.sees("scrub")
	// Ctrl-C throws the line away and not the shell.
	p.types("\x03echo still here\r")
	p.sees("\nstill here")
	// A statement of several lines, history with the arrow, editing in the middle.
	p.types("for i in 1 2; do\recho n$i\rdone\r")
	p.sees("n1\r\nn2\r\n")
	p.types("echo hallo\r")
	p.sees("\nhallo")
	p.sees("# ") // before it the terminal itself edits what is typed ahead
	p.types("\x1b[A\x1b[D\x1b[D\x1b[D\x7fe\r")
	p.sees("\nhello")
	// What fails is said, and does not end the shell.
	p.types("nosuchcommand\r")
	p.sees("not found")
	p.types("echo (\r\r")
	p.sees("sh:")
	// Builtins that the interpreter cannot do are commands.
	p.types("help\r")
	p.sees("bootmend explain 7B")
	p.types("kill -0 $$; echo killed $?\r")
	p.sees("\nkilled 0")
	p.types("history | grep -c hallo\r")
	p.sees("\n2\r\n") // and this line
	p.types("exit 5\r")
	p.leaves(5)
	saved, err := os.ReadFile(filepath.Join(home, ".sh_history"))
	if err != nil || !strings.Contains(string(saved), "echo hallo\n") {
		t.Errorf("history: %q, %v", saved, err)
	}
	// The next shell remembers; Ctrl-D ends it.
	p = sit(t)
	p.sees("# ")
	p.types("\x1b[A")
	p.sees("exit 5")
	p.types("\x03\x04")
	p.leaves(0)
}

func TestScripts(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "script")
	if err := os.WriteFile(file, []byte("#!/bin/sh\necho \"$#:$1:$2\"\ncd /\npwd\nfalse || exit 9\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, c := range []struct {
		args []string
		code int
		out  string
	}{
		{[]string{file, "a", "b c"}, 9, "2:a:b c\n/\n"},
		{[]string{"-c", "echo $#:$1; exit 4", "name", "x"}, 4, "1:x\n"},
		{[]string{"-c", "true"}, 0, ""},
		{[]string{"-c", "echo ("}, 2, ""},
		{[]string{"--nonsense"}, 2, ""},
		{[]string{filepath.Join(dir, "gone")}, 2, ""},
		{nil, 0, ""}, // nothing on standard input
	} {
		var out, errOut bytes.Buffer
		code := Main(c.args, null, &out, &errOut)
		if code != c.code || out.String() != c.out || (code == 2) != (errOut.Len() > 0) {
			t.Errorf("sh %q: exit %d, %q, %q; want %d, %q", c.args, code, out.String(), errOut.String(), c.code, c.out)
		}
	}
}

func TestLastWord(t *testing.T) {
	for line, want := range map[string]string{"": "", "ls": "ls", "ls ": "", "cat a\\ b": "a\\ b", "a|b": "b", "x >/mnt/c": "/mnt/c"} {
		if got := lastWord(line); got != want {
			t.Errorf("lastWord(%q) = %q, want %q", line, got, want)
		}
	}
	if got := common([]string{"abc", "abd", "ab"}); got != "ab" {
		t.Errorf("common = %q", got)
	}
	if all := (&shell{env: []string{"PATH="}}).commands("ex"); !slices.Equal(all, []string{"exit", "export"}) {
		t.Errorf("commands = %v", all)
	}
}
