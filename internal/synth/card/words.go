package card

import (
	"math/rand/v2"
	"strings"
)

var places = strings.Fields("中国 上海 北京 广州 深圳 江苏 浙江 长江 华夏 宁波 天津 大连 龙江 吉林 青山 光大 中信 民生 平安 兴业 海南 港澳 南京 安徽 明州 元宝 金龙 宝石 东方 浦江 交通 工商 农业 建设 招商 重庆 台州 福州 贵州 石家 银川 西安 广西")
var placesLatin = strings.Fields("CHINA SHANGHAI BEIJING GUANGZHOU RIVER GOLDEN EVERGREEN UNITED NATIONAL FIRST COASTAL PACIFIC ALPINE NORTHERN MERCHANTS CITIZENS HARBOUR METRO SUMMIT PEOPLES UNION ROYAL CENTRAL LAKE ISLAND COMMERCIAL EASTERN MERIDIAN ORCHID CEDAR")
var bankCN = []string{"银行", "银行", "商业银行", "商业银行", "信用社", "储蓄银行", "国际银行"}
var bankLatin = []string{"BANK", "Bank", "Bank", "COMMERCIAL BANK", "SAVINGS BANK", "BANK OF", "Credit Union", "Trust", "Finance", "Banca", "Banque", "Sparkasse"}
var cardCN = strings.Fields("信用卡 借记卡 储蓄卡 金卡 白金卡 普卡 一卡通 龙卡 牡丹卡 公务卡 社会保障卡 金融卡 联名卡 钻石卡 贵宾卡 准贷记卡 太平洋卡 长城卡 福卡 人民币信用卡 标准卡 商务卡 理财金账户")
var cardLatin = strings.Fields("GOLD PLATINUM CLASSIC DEBIT Credit Infinite Signature WORLD BUSINESS Electron Prepaid Titanium Rewards DIAMOND Student Premier Standard Corporate Debit Cash+ Travel GREEN Blue Preferred Advance Elite SELECT")
var giant = []string{"福", "龙", "金", "友", "宝", "有心", "平安", "GO", "love", "Booking", "NOVA", "ACES", "2026", "88", "City", "Miles", "Club", "play", "EAGLES", "MAGIC", "Star", "zoo", "M", "B", "WOW", "&", "e", "7", "x", "天天", "我", "音", "心", "Q", "STORM", "TIGERS", "run", "VIP", "100", "3", "Life"}
var slogans = []string{"MEMBER SINCE", "AUTHORIZED SIGNATURE", "NOT VALID UNLESS SIGNED", "www.example.com", "Customer service 400 800 1234", "24h +86 95500", "ELECTRONIC USE ONLY", "life is better when shared", "INTERNATIONAL", "RMB Credit Card", "人民币信用卡", "境外服务热线", "本卡在境内外使用", "ATM", "闪付 Quick Pass", "contactless", "Good for purchases", "业务专用", "普通话", "银行卡", "电子现金 Cash", "SECURITY CODE", "Online", "World Elite", "VALID ONLY IN CHINA"}

func bankNames(r *rand.Rand) (cn, latin string) {
	cn = pick(r, places...) + pick(r, bankCN...)
	p, b := pick(r, placesLatin...), pick(r, bankLatin...)
	if maybe(r, .4) {
		p = p[:1] + strings.ToLower(p[1:])
	}
	latin = p + " " + b
	if strings.HasSuffix(b, "OF") {
		latin = b + " " + p
	}
	return cn, latin
}
