// Package lean builds the program of the smallest media: the engine, process 1, a
// small shell and core commands in one static binary, made as small as it gets
// without giving up what a repair of the old Windows needs.
//
// It is the same source with the build tag lean. What the tag leaves out is listed
// by LeftOut. Room is gained by these, too, none of which changes what the program
// does:
//
//   - functions are not inlined (-gcflags=all=-l), which costs some speed;
//   - what only stack traces need is taken out (package untrace);
//   - libraries are built with edits that cut off what bootmend never calls but the
//     linker cannot know of (edits.go), by go build -overlay (overlay.go); nothing of
//     them is copied into this repository. An edit that does not fit any more is an error;
//   - command line handling is that of package cobra below.
package lean
