// Command sshd is the SSH server of the rescue image. Keys are read from the standard
// input; init starts it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/bootmend/bootmend/initramfs/pid1/remote"
)

func main() {
	listen := flag.String("listen", ":22", "address to listen at")
	login := flag.String("login", "/bbin/sh", "program of a session with a terminal")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := serve(ctx, *listen, strings.Fields(*login))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "sshd:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, listen string, login []string) error {
	text, err := io.ReadAll(io.LimitReader(os.Stdin, 1<<20))
	if err != nil {
		return err
	}
	keys, err := remote.ParseKeys(string(text))
	if err != nil {
		fmt.Fprintln(os.Stderr, "sshd:", err) // the others are good
	}
	host, err := remote.NewHostKey()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	s := &remote.Server{Keys: keys, HostKey: host, Login: login, Shell: "/bbin/sh", Env: os.Environ(), Dir: "/root",
		Logf: func(format string, args ...any) { fmt.Printf(format+"\n", args...) }}
	fmt.Printf("SSH at %s for %d keys; host key %s\n", l.Addr(), len(keys), s.Fingerprint())
	return s.Serve(ctx, l)
}
