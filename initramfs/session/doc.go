// Package session is one sitting with the disks of a machine: they are opened,
// interrupted repairs are finished, what is wrong is found, repairs are planned,
// written and taken back. The command line and the console do all their work
// through it, and print or draw what comes out.
//
//	s, err := session.Open(session.Place{Disks: []string{"disk.raw"}})
//	defer s.Close()
//	run, err := s.Examine(ctx, session.Wish{Command: "plan"})
//	session.Commit(ctx, run)
//
// Disks are opened for reading only; package repair alone opens them for
// writing, during a commit.
package session
