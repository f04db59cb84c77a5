// Package action holds what people ask for and no fault demands: to start in
// safe mode, to see the blue screen, to prepare a disk for another machine. One
// file per action, named by what is asked for; its comment says where Windows
// keeps it, what is written, and when it is refused.
//
// An action turns a wish for one Windows into steps, like the fix of a condition
// (package condition), and writes nothing: package repair carries the steps out,
// verifies them and keeps what takes them back. What is so already gives no
// steps. What must not be done is a *RefusedError, whose sentence tells the person
// what to do instead.
//
// All is the list, kept by hand.
package action
