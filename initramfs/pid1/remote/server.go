package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// Bounds of what strangers can make us do.
const (
	maxConnections = 16
	loginTime      = 30 * time.Second
	maxTries       = 6 // an agent may offer several keys
)

// Server lets people in.
type Server struct {
	Keys    []ssh.PublicKey
	HostKey ssh.Signer
	// Login is the program of a session with a terminal, Shell runs a command as
	// "Shell -c COMMAND".
	Login []string
	Shell string
	Env   []string // of what is started
	Dir   string   // where that starts, and what paths of SFTP begin at
	// Logf says who came and went; nil drops it.
	Logf func(format string, args ...any)
}

// Fingerprint is that of the host key, as OpenSSH shows it.
func (s *Server) Fingerprint() string { return ssh.FingerprintSHA256(s.HostKey.PublicKey()) }

// Serve takes connections until the context ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if len(s.Keys) == 0 {
		return fmt.Errorf("SSH: %w: nobody could come in", ErrNoKey)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	places := make(chan struct{}, maxConnections)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel() // before waiting
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			var soon net.Error
			if errors.As(err, &soon) && soon.Timeout() {
				continue
			}
			return err
		}
		select {
		case places <- struct{}{}:
		default:
			c.Close() // too many at once
			continue
		}
		all.Go(func() {
			defer func() { <-places }()
			s.connection(ctx, c)
		})
	}
}

func (s *Server) config() *ssh.ServerConfig {
	c := &ssh.ServerConfig{
		MaxAuthTries:  maxTries,
		ServerVersion: "SSH-2.0-bootmend",
		PublicKeyCallback: func(meta ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			for _, known := range s.Keys {
				if bytes.Equal(known.Marshal(), key.Marshal()) {
					return &ssh.Permissions{Extensions: map[string]string{"key": ssh.FingerprintSHA256(key)}}, nil
				}
			}
			return nil, fmt.Errorf("key %s of %s is not known", ssh.FingerprintSHA256(key), meta.User())
		},
	}
	c.AddHostKey(s.HostKey)
	return c
}

// connection serves one client. Nothing but sessions is offered: no forwarding.
func (s *Server) connection(ctx context.Context, c net.Conn) {
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	_ = c.SetDeadline(time.Now().Add(loginTime))
	conn, channels, requests, err := ssh.NewServerConn(c, s.config())
	if err != nil {
		s.logf("SSH: %s was not let in: %v", c.RemoteAddr(), err)
		return
	}
	_ = c.SetDeadline(time.Time{})
	s.logf("SSH: %s came in with key %s", c.RemoteAddr(), conn.Permissions.Extensions["key"])
	go ssh.DiscardRequests(requests)
	var sessions sync.WaitGroup
	for offered := range channels {
		if offered.ChannelType() != "session" {
			_ = offered.Reject(ssh.UnknownChannelType, "only sessions are offered")
			continue
		}
		channel, requests, err := offered.Accept()
		if err != nil {
			break
		}
		sessions.Go(func() { (&session{server: s, channel: channel}).serve(requests) })
	}
	sessions.Wait()
	s.logf("SSH: %s has left", c.RemoteAddr())
}

func (s *Server) logf(format string, args ...any) {
	if s.Logf != nil {
		s.Logf(format, args...)
	}
}
