package store

import (
	"fmt"
	"os"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/billing"
)

// Prices returns the operator's price list, or the vendor's.
func Prices(s config.Store) (billing.Prices, error) {
	p := billing.Default()
	if s.PriceFile != "" {
		text, err := os.ReadFile(s.PriceFile)
		if err != nil {
			return p, err
		}
		if p, err = billing.ParsePrices(text); err != nil {
			return p, fmt.Errorf("%s: %w", s.PriceFile, err)
		}
	}
	p.Free = s.FreeUnits
	return p, nil
}
