package schema

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/bootmend/bootmend/initramfs/report"
)

// strict is the compiled schema, its objects closed.
var strict = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(report.Schema()))
	if err != nil {
		return nil, err
	}
	root, ok := doc.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the schema is no object")
	}
	closeObjects(root)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	const name = "report.json"
	if err := c.AddResource(name, root); err != nil {
		return nil, err
	}
	return c.Compile(name)
})

// closeObjects forbids properties that are not listed.
func closeObjects(node any) {
	switch n := node.(type) {
	case map[string]any:
		if _, ok := n["properties"].(map[string]any); ok && n["type"] == "object" {
			n["additionalProperties"] = false
		}
		for _, v := range n {
			closeObjects(v)
		}
	case []any:
		for _, v := range n {
			closeObjects(v)
		}
	}
}

// Check judges one document.
func Check(document []byte) error {
	s, err := strict()
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return err
	}
	return s.Validate(v)
}
