// Package damage breaks guests in the ways that Windows machines break, with
// foreign tools or single bytes and never with the code under test.
//
// A Damage changes the description of a guest before it is built, or the image
// afterwards. All of them stand in one table, All, with the finding that the
// engine has to report; tests walk the table, and a test of the engine's
// conditions wants a Damage for every one of them.
package damage
