// Reads dashboards as Grafana's own types do, strictly: an unknown field, a missing one or one of
// another type is an error, also inside panels and queries.
package main

import (
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	plugins.RegisterDefaultPlugins()
	for _, file := range os.Args[1:] {
		if err := read(file); err != nil {
			fmt.Fprintln(os.Stderr, file, err)
			os.Exit(1)
		}
		fmt.Println(file, "is valid")
	}
}

func read(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	parsed := dashboard.Dashboard{}
	// Where nothing is wrong it may give an empty list of errors, which is no nil.
	if err := parsed.UnmarshalJSONStrict(text); err != nil && err.Error() != "" {
		return err
	}
	if err := parsed.Validate(); err != nil && err.Error() != "" {
		return err
	}
	return nil
}
