package words

// banks are the English names that banks give themselves, by the names of the
// card table.
var banks = map[string]string{
	"工商银行": "Industrial and Commercial Bank of China", "中国工商银行": "Industrial and Commercial Bank of China",
	"农业银行": "Agricultural Bank of China", "中国农业银行贷记卡": "Agricultural Bank of China",
	"中国银行": "Bank of China", "中国银行(香港)": "Bank of China (Hong Kong)", "中国银行澳门分行": "Bank of China, Macau Branch",
	"建设银行": "China Construction Bank", "中国建设银行": "China Construction Bank", "中国建设银行亚洲": "China Construction Bank (Asia)",
	"交通银行": "Bank of Communications", "交通银行香港分行": "Bank of Communications, Hong Kong Branch",
	"邮储银行": "Postal Savings Bank of China", "邮政储蓄银行": "Postal Savings Bank of China", "中国邮政储蓄银行信用卡中心": "Postal Savings Bank of China",
	"招商银行": "China Merchants Bank", "招商银行信用卡中心": "China Merchants Bank",
	"浦东发展银行": "Shanghai Pudong Development Bank", "民生银行": "China Minsheng Bank", "广发银行": "China Guangfa Bank",
	"光大银行": "China Everbright Bank", "中国光大银行": "China Everbright Bank", "平安银行": "Ping An Bank",
	"中信银行": "China CITIC Bank", "中信银行信用卡中心": "China CITIC Bank", "中信银行(国际)": "China CITIC Bank International",
	"兴业银行": "Industrial Bank", "华夏银行": "Hua Xia Bank", "浙商银行": "China Zheshang Bank", "渤海银行": "China Bohai Bank", "恒丰银行": "Hengfeng Bank",
	"上海银行": "Bank of Shanghai", "北京银行": "Bank of Beijing", "江苏银行": "Bank of Jiangsu", "南京银行": "Bank of Nanjing", "宁波银行": "Bank of Ningbo",
	"杭州商业银行": "Bank of Hangzhou", "天津银行": "Bank of Tianjin", "徽商银行": "Huishang Bank", "长沙银行": "Bank of Changsha", "汉口银行": "Hankou Bank",
	"哈尔滨银行": "Harbin Bank", "盛京银行": "Shengjing Bank", "大连银行": "Bank of Dalian", "青岛银行": "Bank of Qingdao", "重庆银行": "Bank of Chongqing",
	"西安银行": "Bank of Xi'an", "郑州银行": "Bank of Zhengzhou", "苏州银行": "Bank of Suzhou", "广州银行": "Bank of Guangzhou", "贵阳银行": "Bank of Guiyang",
	"上海农商银行": "Shanghai Rural Commercial Bank", "北京农村商业银行": "Beijing Rural Commercial Bank", "广州农村商业银行": "Guangzhou Rural Commercial Bank",
	"重庆农村商业银行": "Chongqing Rural Commercial Bank", "成都农村商业银行": "Chengdu Rural Commercial Bank",
	"东亚银行": "Bank of East Asia", "恒生银行": "Hang Seng Bank", "香港上海汇丰银行": "HSBC", "渣打银行香港": "Standard Chartered Hong Kong",
	"星展银行香港": "DBS Hong Kong", "南洋商业银行": "Nanyang Commercial Bank", "大新银行": "Dah Sing Bank", "集友银行": "Chiyu Bank", "永隆银行": "Wing Lung Bank",
}
