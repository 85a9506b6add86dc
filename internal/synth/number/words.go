package number

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/kahao/kahao/internal/synth/raster"
)

// Date draws an expiry date as printed: MM/YY mostly, MM/YYYY, YYYY/MM, and
// the 88/88 and 00/00 of specimens.
func Date(rng *rand.Rand) string {
	m, y := 1+rng.IntN(12), 5+rng.IntN(45)
	switch t := rng.Float64(); {
	case t < .14:
		d := raster.Pick(rng, 8, 8, 0, 0, rng.IntN(10))
		return strings.Repeat(fmt.Sprint(d), 2) + "/" + strings.Repeat(fmt.Sprint(d), 2)
	case t < .24: // any digits: the network must not learn months
		return fmt.Sprintf("%02d/%02d", rng.IntN(100), rng.IntN(100))
	case t < .33:
		return fmt.Sprintf("%02d/20%02d", m, y)
	case t < .37:
		return fmt.Sprintf("20%02d/%02d", y, m)
	}
	return fmt.Sprintf("%02d/%02d", m, y)
}

var surnames = strings.Fields("ZHANG WANG LI ZHAO CHEN LIU YANG HUANG ZHOU WU XU SUN MA ZHU HU GUO HE LIN GAO LUO ZHENG LIANG XIE SONG TANG HAN FENG DENG CAO PENG ZENG XIAO TIAN DONG PAN YUAN CAI JIANG YU DU YE CHENG WEI SU LU DING REN SHEN YAO LUAN")
var syllables = strings.Fields("WEI FANG NA MIN JING LI QIANG LEI JUN YANG YONG YAN JIE JUAN TAO MING CHAO XIU XIA PING GANG GUI YING HUA YU XIN BIN BO HAO TING RUI HONG CHEN ZI HAN YI XUAN MENG JIA QI LING SHAN FEI KAI NING")
var given = strings.Fields("JAMES MARY JOHN ANNA PETER LAURA DAVID SARAH PAUL MARIA THOMAS EMMA MARTIN JULIA ERIC NINA OSCAR ALICE VICTOR ELENA HUGO CLARA IVAN OLGA MARCO SOFIA LUCAS INGRID KENJI YUKI ANDRE ELSA")
var family = strings.Fields("SMITH JONES BROWN TAYLOR WILSON MULLER SCHMIDT WEBER ROSSI BIANCHI GARCIA LOPEZ SILVA COSTA IVANOV PETROV NOVAK HORVAT NIELSEN HANSEN LARSEN TANAKA SATO SUZUKI DUBOIS MARTIN MOREAU KOWALSKI SAMPLE CARDHOLDER")

// Name draws a cardholder's name from lists of common parts.
func Name(rng *rand.Rand) string {
	p := func(l []string) string { return l[rng.IntN(len(l))] }
	switch t := rng.Float64(); {
	case t < .5:
		n := p(syllables)
		if raster.Chance(rng, .5) {
			n += p(syllables)
		}
		return p(surnames) + raster.Pick(rng, " ", " ", "/") + n
	case t < .9:
		return raster.Pick(rng, "", "", "", "MR ", "MS ") + p(given) + raster.Pick(rng, " ", " ", " "+string(rune('A'+rng.IntN(26)))+" ") + p(family)
	}
	return raster.Pick(rng, "CARDHOLDER NAME", "CARD HOLDER", "YOUR NAME", "GOOD THRU", "SPECIMEN", "SAMPLE CARD", "TEST CARD")
}

var latin = strings.Fields("VALID THRU GOOD MONTH YEAR BANK CARD DEBIT CREDIT PLATINUM GOLD CLASSIC MEMBER SINCE EXPIRES END UnionPay VISA WORLD ELECTRONIC USE ONLY CHINA BUSINESS ATM Bank of Commercial International Quick Pass Contactless FROM EXPIRY AUTHORIZED SIGNATURE Signature Infinite Business Cash Back Travel")
var chinese = strings.Fields("银联 储蓄卡 信用卡 银行 有效期 月年 月/年 中国银行 工商银行 建设银行 农业银行 招商银行 借记卡 普卡 金卡 白金卡 龙卡 牡丹卡 一卡通 客服热线 有效期至 持卡人签名 闪付 理财卡 联名卡 社会保障卡 城市银行 中国邮政储蓄银行 交通银行 太平洋卡 公务卡 标准卡 样卡 测试")

// Words draws a short text as printed near the number; without digits.
func Words(rng *rand.Rand) string {
	if raster.Chance(rng, .4) {
		w := chinese[rng.IntN(len(chinese))]
		if raster.Chance(rng, .2) {
			w += chinese[rng.IntN(len(chinese))]
		}
		return w
	}
	if raster.Chance(rng, .25) {
		return Name(rng)
	}
	var w []string
	for range 1 + rng.IntN(4) {
		w = append(w, latin[rng.IntN(len(latin))])
	}
	return strings.Join(w, strings.Repeat(" ", 1+rng.IntN(3)))
}

// Thru draws the words before a date.
func Thru(rng *rand.Rand) string {
	return raster.Pick(rng, "VALID THRU", "GOOD THRU", "VALID FROM", "MONTH/YEAR", "月/年", "有效期", "有效期至", "EXPIRES END", "EXPIRES", "THRU", "EXP", "MEMBER SINCE", "MM/YY", "有效期 VALID THRU", "至")
}
