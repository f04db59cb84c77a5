// Package cabtest judges packages cab and szdd by cabextract, gcab and msexpand,
// on real cabinets and on generated ones. It has no code of its own outside
// tests.
package cabtest
