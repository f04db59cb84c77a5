package kmod

// matchGlob reports whether name matches a pattern of modules.alias: fnmatch(3)
// without flags, that is "*", "?" and "[a-z]" where "*" also matches "/".
// path.Match would stop at "/" and rejects patterns that occur in the field.
//
// Time is at most len(pattern) × len(name): only the last "*" is ever retried.
func matchGlob(pattern, name string) bool {
	p, n := 0, 0
	star, mark := -1, 0
	for n < len(name) {
		if p < len(pattern) && pattern[p] == '*' {
			star, mark = p, n
			p++
			continue
		}
		if next, ok := matchOne(pattern, p, name[n]); ok {
			p, n = next, n+1
			continue
		}
		if star < 0 {
			return false
		}
		mark++
		p, n = star+1, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// matchOne matches c with the pattern's element at p and returns the position
// behind that element. A "[" without "]" is an ordinary character.
func matchOne(pattern string, p int, c byte) (next int, ok bool) {
	if p >= len(pattern) {
		return p, false
	}
	if pattern[p] == '[' {
		if next, hit, closed := matchClass(pattern, p, c); closed {
			return next, hit
		}
	}
	return p + 1, pattern[p] == '?' || pattern[p] == c
}

func matchClass(pattern string, p int, c byte) (next int, hit, closed bool) {
	for i := p + 1; i < len(pattern); i++ {
		if pattern[i] == ']' && i > p+1 {
			return i + 1, hit, true
		}
		lo, hi := pattern[i], pattern[i]
		if i+2 < len(pattern) && pattern[i+1] == '-' && pattern[i+2] != ']' {
			hi = pattern[i+2]
			i += 2
		}
		if lo <= c && c <= hi {
			hit = true
		}
	}
	return p, false, false
}
