"""Headlines that lead astray, read by the shipped lexicon."""

import pytest

from digest.model import Role
from tests.stories.builders import built_in

NOT_COMPANIES = """
スズキ、豊漁
マツダ、打線が沈黙
Kawasaki and Yamaha at odds
Six nissans of the old school
Toyota Stadium to host rugby final
Keisuke Honda joins Cambodian club as coach
Ichiro Suzuki enters Hall of Fame
Sculptor Dana Nissan brings desert bronzes to Asheville
Nissan Chemical lifts full-year profit forecast
日産化学、純利益予想を上方修正
国内のガソリン日産3000キロリットルに回復
サウジ、原油日産100万バレル減産
今日産まれた赤ちゃん、病院が祝福
日産婦、着床前検査で新指針
豊田市で夏祭り、花火1万発
日野市長選が告示、新人3氏が争う
川崎市のマンションで火災
Kawasaki disease cases rise in Japan
Yamaha unveils flagship grand piano
ヤマハ、新型電子ピアノを発売
スズキの塩焼きが旬 江戸前の夏
スバル望遠鏡が遠い銀河を発見
Outback Bowl tickets on sale
Swift's stadium tour grosses $2 billion
Rogue trader jailed in London
March car sales rise 5% in Japan
Every leaf falls: autumn in Kyoto
駅前でリーフレット配布
ノートPC出荷台数、過去最高
GM crops approved in Japan
Lakers GM hints at trade
SAIC wins $1.2 billion Pentagon contract
Dongfeng-41 missile displayed in Beijing parade
プリウスが暴走、歩行者はねる 78歳運転手を逮捕
Toyota Camry stolen from driveway, police say
トヨタ記念病院で院内感染
三菱UFJ、純利益が最高
Mitsubishi Heavy wins frigate order
トヨタヴェルブリッツがリーグワン開幕戦で勝利
Toyota's Rovanpera wins Rally Japan
Tier IV data center opens in Osaka
パナソニック、新型炊飯器を発売
Xiaomi phone sales jump
出光興産、ガソリン価格引き上げ
ブリヂストン美術館で印象派展
Tesla coil demo wows students
トヨタ財団が助成先を公募
マツダ病院が小児救急を再開
Bad Bunny adds a third night at Toyota Center after presale crush
Angels name Kurt Suzuki manager on one-year contract
Suzuki homers twice as Cubs rally past Brewers
Seiya Suzuki's grand slam sinks Pirates
Farm chief Suzuki says rice vouchers still under study
Premier Ford threatens to pull Crown Royal from LCBO shelves
Ford says Ontario tunnel under 401 will go ahead
Doug Ford's anti-tariff ad draws Reagan Foundation rebuke
Nikkei closes lower, Toyota and Denso among decliners
日経平均は反発、トヨタやデンソーが上昇
Hedge fund letter names Toyota among quiet winners
個人投資家に人気の銘柄、首位はトヨタ
Panthers fire GM after third losing season
Bengals promote scout to GM as coach stays
Owner wants one voice as president and GM
GM search narrows to two for Sacramento
Bears GM explains fourth-round pick
Riders and team managers look ahead to Sepang, Honda says little
Buriram test: Yamaha finishes the day in ninth
盗難アルファードを不正輸出か ヤード経営の男ら
解体ヤードに盗難ランクル、県警が摘発
One evening with a Toyota Camry
Toyota, oh Toyota, how the river glitters
Harrison Ford to receive SAG-AFTRA life achievement award
Tom Ford fall collection leans into leather
Ford Foundation names new president
USS Gerald R. Ford arrives in Caribbean as Trump weighs strikes
Iowa State's Audi Crooks pours in 41
Kia Nurse signs with Chicago Sky
Keir Starmer faces revolt over welfare cuts
Mercedes Mone retains TBS title at All Out
Mercedes, Texas, police chief placed on leave
Yermin Mercedes suspended by Mexican league club
The Toyota of tractors: how Mahindra won over American hobby farmers
Why Costco's rotisserie chicken is the Honda Civic of dinners
RSF fighters roll into el-Fasher in Toyota pickups, witnesses say
Jihadists in Land Cruisers raid Malian garrison
Amber Alert: Silver Nissan Altima sought in Columbus child abduction
Man clinging to hood of Honda Civic dies on I-95
Driver of 2014 Toyota Camry ejected in rollover near Fresno
Deputies find missing woman's Subaru at trailhead
Body found in trunk of Lexus at Newark airport
Suspects ditch stolen Kia after chase in Milwaukee
Police: Teens stole Hyundais in TikTok spree
Kawasaki residents evacuate as landslide warning issued
Kawasaki Frontale reach Asian Champions League final
Kawasaki Heavy to supply submarines under fresh navy order
Kawasaki Heavy Industries admits slush fund for sub crews
Kawasaki subway cars delayed again, MTA says
Yamaha raises flute prices as brass costs climb
Yamaha Corp to close Indonesian guitar plant
Yamaha's new digital mixer lands at NAMM
Mitsubishi Electric to cut 4,700 jobs through voluntary retirement
Mitsubishi Heavy shares hit record on defence budget
Mitsubishi Corp pulls out of offshore wind projects
Mitsubishi Chemical to sell pharma unit to Bain
Warren Buffett's Berkshire lifts Mitsubishi stake above 10%
MUFG and Mitsubishi Estate plan Marunouchi tower
Panasonic to cut 10,000 jobs worldwide
Panasonic unveils Lumix S1R II mirrorless camera
Panasonic hikes prices of washing machines in India
Idemitsu to shut Yamaguchi refinery unit
Bridgestone Arena to get $400 million makeover for Predators
Nissan Stadium's final season: Titans say goodbye
Titans at Nissan Stadium: kickoff time, TV channel
Genesis Scottish Open: McIlroy one back after 65
Genesis Invitational returns to Riviera
World Athletics: Toyota becomes presenting partner of Ultimate Championship broadcast
BMW PGA Championship: Noren beats Saddier in playoff
Honda LPGA Thailand: Angel Yin wins by one
Porsche Tennis Grand Prix: Ostapenko beats Sabalenka
Hyundai A-League: Sydney FC down Wanderers
Verstappen wins at Suzuka as Honda bids farewell to Red Bull fans
Toyota's Ogier seals ninth world rally title in Saudi Arabia
Marc Marquez takes pole at Motegi; Mir third for Honda
Quartararo on podium for Yamaha at Jerez
Palou clinches IndyCar crown with Honda power in Portland
Toyota No. 7 crew wins 6 Hours of Fuji
Alonso: Aston Martin-Honda not ready for points
Tesla coil band lights up Burning Man
Nikola Tesla museum reopens in Belgrade
Nio Bambatha, rising amapiano DJ, on her debut
Chang'an Avenue closed for parade rehearsal
China shows off Dongfeng-61 missile in Beijing parade
Great Wall damaged by tourists carving initials
SAIC cuts outlook as Pentagon contracts slow
STI closes at record high as DBS, Singtel gain
STI cases among over-65s double in a decade
Outlander finale: Sam Heughan on saying goodbye to Jamie
Outlander: Blood of My Blood renewed for season three
Tacoma man sentenced for arson
Sienna Miller expecting third child
Highlander remake starts shooting in Scotland
US must mobilize allies, says Pentagon chief
London minicab drivers strike over fares
Eyesight may improve with new eye drops, trial finds
CBR holds key rate at 16.5% as inflation slows
Bank of Russia (CBR) cuts rate by half a point
Ariya Jutanugarn shares lead in Thailand
Magnite shares jump after Google ad-tech ruling
Micra leadless pacemaker flagged by FDA
Sunderland stun Arsenal with late equaliser
Sunderland fans honour D-Day hero
Mount Alpamayo climbers rescued in Peru
Sparks, Nevada council approves housing plan
Lafayette, Indiana mayor seeks fourth term
Micron's Hiroshima plant to get $9.6 billion for AI memory
Sony picks Kumamoto factory for new image sensors
Passport rankings: Japan slips to third
Airline pilot arrested before flight from Delhi
Peace accord frays in eastern Congo
March Madness bracket: who wins it all
Rogue One director returns to Star Wars
Taylor Swift announces Tokyo shows
SWIFT bars three more Russian banks
Frontier Airlines offers to buy Spirit
Maple leaf flags fly in Windsor
Titan sub maker was negligent, Coast Guard says
Legacy admissions banned in California
Solar eclipse 2026: where to watch in Spain
Man wins new Toyota on Wheel of Fortune
High school senior gets surprise Honda Civic from church
Ex-Toyota engineer now makes Japan's best gelato
Former Nissan designer turns to furniture
Paul Walker's Supra sells for $550,000
A 1972 Datsun 240Z just sold for $310,000 on Bring a Trailer
For sale: one-owner 1990 Mazda Miata with 9,000 miles
1984 Toyota Pickup from Back to the Future heads to auction
Forza Horizon 6 set in Japan adds Nissan GT-R and Mazda RX-7
Lego Technic unveils Toyota Supra set
Hot Wheels' new Datsun collection flies off shelves
Nikkei ends at record as SoftBank surges; Toyota slips
Asia shares mixed; Toyota, Sony drag Tokyo lower
Japanese shares rise for third day, exporters lead on weak yen
Stocks making the biggest moves midday: Tesla, Ford, Intel and more
Week ahead: Fed decision, BOJ meeting, Toyota earnings
What to watch this week: Toyota, Sony report; US jobs data
ADR roundup: Sony, Toyota lower in New York
Scientists led by Satoshi Honda map coral genome
Tesla MRI scanner arrives at Leeds hospital
7-tesla MRI gives sharper brain images
Rafael Nadal's Kia collection goes on display
Suzuki coupling gets greener with iron catalyst
Suzuki violin teacher honored in Denver
Subaru Telescope spots most distant quasar pair
Zoroastrians pray to Ahura Mazda as fire temple reopens
Honda Prize honours pioneer of perovskite cells
Toyota Foundation opens grants for Asian exchange
Toyota City to host para badminton meet
Honda, Colombia: the town of bridges that time forgot
Japan Prize ceremony: Toyota museum lends loom
Tesla owner finds bear in Model Y
Elon Musk calls for new party; Vance shrugs
Musk's xAI raises $20 billion
Xiaomi's 17 Ultra phone gets Leica ring
Chery blossom festival draws crowds
Pope's Mercedes popemobile turned into clinic for Gaza children
Man dies after Cybertruck explodes outside hotel, police say
Toyota-driving nun, 84, wins parish raffle
King's Land Rover and Emperor's Toyota Century meet at state visit
Emperor rides in Toyota Century to open Diet session
Princess Aiko waves from car on first Laos trip
Sanae Takaichi's Toyota Supra goes on show in Nara
Mayor's Toyota Alphard lease draws council fire
Vietnam's Toyota junior cup kicks off in Hanoi
GM Brian Gutekunst says Packers won't rush
Yankees GM Brian Cashman on Judge's elbow
New GM takes over at Sheraton Waikiki
Chess: Indian GM wins in Wijk aan Zee
Philippines bans GM golden rice again
Vulcan Materials rises; Eliminator drag film wins prize
豊田市で75歳男性が行方不明 矢作川を捜索
豊田スタジアムでラグビー日本代表が豪州戦
名古屋グランパス、豊田スタジアムで2万8千人の前で快勝
日産スタジアムで来月ライブ、規制退場の方法は
横浜F・マリノス、本拠・日産スタジアムで6連敗
川崎・日航ホテルで火災、宿泊客ら避難
川崎F、鬼木前監督の鹿島に敗れる
川崎病の原因に新説 東大などが解析
日野市の住宅で火事、女性1人死亡
日野皓正さん、83歳の新アルバム
本田望結、大学院進学を報告
本田真凜さんがアイスショーで共演
本田仁美、ソロデビューへ
俳優の鈴木亮平、主演映画がヒット
鈴木農相、備蓄米の買い戻し時期「慎重に判断」
鈴木憲和農相がおこめ券の効果強調
カブス鈴木誠也が31号 地区優勝に前進
スズキの洗い、夏の江戸前の味 浦安の料亭
河口でスズキ70センチ、ミノーで一撃
ボートシーバス、スズキ入れ食い 東京湾
東京湾のスズキからPFAS検出 県が調査
スズキのムニエル、家庭で失敗しないこつ
スズキ・メソードの子どもたち400人がチェロ合奏
スズキ楽器の鍵盤ハーモニカ、世界で人気
元プロレスラーの鈴木みのる、海外で活躍
日産140万バレル減産へ OPECプラスが合意
卵の日産10万個、鳥インフルで殺処分
豆腐工場が日産3万丁に増強
ワクチン工場、日産50万回分の体制に
日産化学が最高益 農薬が伸びる
日産証券グループ、金先物の手数料増
日産婦、代理出産で提言
都市対抗野球、トヨタ自動車が2回戦で姿消す
社会人野球日本選手権、Honda鈴鹿が8強
三菱重工Eastが日立製作所を下し決勝へ
日本製鉄鹿島、SUBARUに零封勝ち
ニューイヤー駅伝、トヨタ自動車が連覇 Hondaは3位
クイーンズ駅伝は積水化学V、デンソー7位
ヤマハ発動機、静岡ダービー制す リーグワン
静岡ブルーレヴズ、トヨタヴェルブリッツに逆転勝ち
SVリーグ女子、デンソーが日立Astemoに3-0
ジェイテクトSTINGS、開幕5連勝
アイシンのシーホース三河、チャンピオンシップ進出
アルバルク東京、新アリーナこけら落としで白星
女子ソフト、豊田自動織機が優勝 上野の日立... ビックカメラ下す
トヨタ自動車の陸上部・服部勇馬が引退
大谷がメジャー通算300号、マツダ時代の旧友も祝福
カープ新井監督「マツダで勝ち切れた」
マツダスタジアムの入場券、定価超えの転売相次ぐ
広島、マツダで3連敗 打線が沈黙
角田裕毅、鈴鹿で12位 レッドブル・ホンダ最後の母国戦
フェルスタッペンが日本GP4連覇 ホンダに花道
WRCサウジ、トヨタのオジエが9度目の王者
トヨタ7号車が富士6時間で総合優勝
小椋藍が転倒、ホンダのマリーニは5位 MotoGPもてぎ
鈴鹿8耐、ホンダHRCが4連覇 ヤマハ2位
スーパーGT第5戦、日産の23号車がポール
プリウスが歩道に乗り上げ、児童3人けが 横浜
アルファード窃盗団のリーダーに懲役8年
ランクル狙う自動車盗が急増 愛知県警が対策チーム
レクサス盗難、CANインベーダー所持で男3人逮捕
ハイエースで練炭、男女3人死亡
ジムニーが崖下に転落、運転の男性死亡
軽トラックと乗用車が正面衝突、2人重傷
テスラに乗った男、酒気帯び運転疑いで逮捕
俳優がフェラーリからプリウスに乗り換えた理由
人気芸人、愛車のジムニーを公開「納車1年待ち」
ローラ、愛車のランクルでキャンプ場へ
高市首相が愛したスープラ、奈良で展示
市長公用車のアルファード、リース料に住民監査請求
天皇陛下、センチュリーで国会開会式へ
元トヨタ社員が脱サラ、蒸留所を開く
トヨタOBが町の除雪をカイゼン
元日産の営業マンが農業法人 イチゴ狩り人気
病院にトヨタ式 待ち時間半減
トヨタ生産方式を学校給食に 岐阜の挑戦
回転ずし界のトヨタ、海外300店へ
「中国版テスラ」と呼ばれた家電ベンチャーが破綻
眼鏡界のベンツ、銀座に旗艦店
三菱UFJ銀行の貸金庫事件、元行員に懲役9年
三菱商事、洋上風力から撤退
三菱電機が希望退職 対象は53歳以上
三菱地所、丸の内の再開発を公表
三菱鉛筆の「ユニ」が限定色
三菱重工がH3ロケットの打ち上げ再開へ
三菱マテリアル、銅製錬を縮小
三菱ケミカルG、田辺三菱を売却
ヤマハ、アコースティックピアノを値上げ
ヤマハが銀座でボーカロイド展
ヤマハ音楽教室と著作権、判決から3年
カワサキの少年、ギターで世界へ
カワサキ病の子ども、コロナ後に増加
パナソニックHD、1万人削減 テレビ事業は縮小
パナソニックがドラム式洗濯機の新製品
パナソニックワイルドナイツ(埼玉)が首位
ダイハツディーゼル、船舶用エンジンで最高益
ダイハツ・ジャパンOP、奥原が準決勝へ
出光、愛知製油所で発煙
出光興産のガソリンスタンドで強盗、男逃走
ブリヂストン美術館の流れ、アーティゾンで印象派展
昴(すばる)を歌い継ぐ 谷村新司さん三回忌
すばる望遠鏡、土星の新衛星を確認
冬の夜空、スバルを見よう 星空教室
有楽町スバル座の思い出
日経平均、終値は5万円台を維持 トヨタやデンソーが下げる
日経平均が大幅続伸、ソフトバンクGやトヨタが高い
東証寄り付き 続落、トヨタとソニーG軟調
東証プライム売買代金ランキング(7日) 1位ソフトバンクG、2位三菱重、3位トヨタ
今週の決算発表予定 トヨタ、ソニーG、任天堂など
来週の主な予定 日銀会合、トヨタ決算など
あすの株式相場に向けて=トヨタ決算後の主役は
前場コメント No.5 トヨタ、キオクシア、フジクラ
NY株ADR、トヨタ・ソニーが円換算で下落
本日の【株主優待】情報 ヤマハ発、キリンなど
英スターマー首相キア氏が訪中
英首相キア・スターマー氏、習主席と会談
ハリソン・フォード、来日で笑顔
トム・フォードが新作リップ
原子力空母ジェラルド・フォードがカリブ海へ
カナダ・オンタリオ州のフォード首相、反関税広告を停止
メルセデス・ソーサ没後15年、歌声いまも
マリナーズのメルセデス投手、手術へ
マスク氏、新党構想を撤回
マスク着用 病院で続く
シャオミ、新型スマホにライカのカメラ
安世高の訳経を読む 仏教史の新研究
万里の長城で観光客が落書き
紅旗河 東風41搭載車が天安門前を通過
五十鈴川で清流まつり
ノートPCの値上げ、メモリー高騰で
フィット感が違う、新作スニーカー
マーチングバンド全国大会、初優勝
サクラ咲く、目黒川のにぎわい
リーフパイの名店が閉店
ローグライクの新作ゲーム
クラウンメロンの初競り、1玉100万円
オデッセイ、アイアンマンも愛した古代の物語
セレナ・ウィリアムズ、現役復帰を否定
アクアラインが事故で通行止め
ミライ☆モンスター最終回
ノアの方舟、トルコで新発掘
デリカテッセンの新店、駅ナカに
ハヤブサ2が次の小惑星へ
グランツーリスモ7、スバル・サンバーなど5台追加
トミカ55周年、日産GT-Rの特別モデル
タミヤ、ホンダ・モンキーのプラモデル再販
GM種子の承認手続き見直しへ 農水省
楽天・石井GMが退任
DeNAの新GM、補強は投手中心
GM作物の輸入、過去最多
中古のプリウスを50万円で買った私の後悔
婚活パーティー「愛車がクラウンの男性」限定
トヨタホーム、愛知で分譲マンション
トヨタ博物館で昭和の消防車展
トヨタ産業技術記念館が来館700万人
トヨタ記念病院、救急棟を新設
豊田工大、新学長に榊氏
本田財団が本田賞 量子材料の2氏に
日産財団、理科教育賞の募集開始
マツダ病院が災害拠点に
いすゞのトラックが橋から転落、運転手死亡
高速で日野のトラックから出火、3キロ渋滞
Toyota Field naming rights: Spurs owner signs new deal
Nissan Stadium concert schedule: who plays last
Subaru Park gets World Cup training camp
Mayor's race: Honda concedes to challenger in District 17
Obituary: Helen Suzuki, 91, interned as a girl, taught two generations
Rookie Suzuki strikes out nine in debut
Yamaha piano donated to Fukushima school restored
Yamaha Clavinova vs Roland: which is best in 2026
Mitsubishi Power wins turbine order in Texas
Mitsubishi Estate tops out Torch Tower
Mitsubishi Chemical Group shares rise on pharma exit
Kawasaki port gets ammonia terminal
Kawasaki baby dies after left in hot apartment
Hino, Shiga: festival floats come out
Kia Ora: Air New Zealand changes its greeting
'Fiat' money is doomed, bitcoin booster says
Tesla in driveway catches fire; family escapes
Woman accused of setting fire to Cybertrucks to plead guilty
Vandals torch Teslas at Seattle lot
Police chase ends as Lexus hits pole in Tacoma
Ohio teen killed when Civic strikes tree
Toddler rescued from locked Nissan in heat wave
Fentanyl found hidden in Toyota Sienna at border
Inside the gang that ships stolen Land Cruisers to Africa
Suspect in Honda Accord sought in hit-and-run
Malian army destroys 12 Hilux pickups in air strike
Houston Rockets at Toyota Center: injury report
Fast & Furious Skyline sells for record sum
My Honda Fit refuses to die at 400,000 miles
I drove a Mazda Miata across Route 66
Cher's old Mercedes up for sale
10 anime cars every fan should know, from AE86 to RX-7
Initial D AE86 driver Keiichi Tsuchiya on drift life
Nintendo's Mario Kart adds Mercedes kart
Why Rolex is the Toyota Corolla of the super rich
What hospitals learned from Toyota
Kaizen at the clinic: a Toyota Production System primer
Toyota Production System pioneer's book gets new edition
Ex-Honda robotics star joins OpenAI
SAIC International: Reston contractor names CFO
Great Wall of China marathon cancelled
Nikkei slides 2% as chip shares sink, Toyota, Honda drop
Tokyo stocks open higher; Toyota, Nissan gain
Five things to know before Tokyo trading opens: Toyota, BOJ
Marquez crashes, Honda's Mir grabs podium at Motegi
Haas' Bearman fourth in Mexico with Toyota logo on car
Kenya's Safari Rally: Katsuta second for Toyota
Dakar: Al Attiyah wins stage for Dacia, Toyota's Lategan leads
Supercross: Jett Lawrence's Honda hits the dirt in Anaheim
NASCAR: 23XI's Toyota of Reddick on pole at Daytona
Toyota Racing Series: teen wins in Taupo
Golf: BMW Ladies leader Kim three clear
BWF: Japan's Yamaguchi into Daihatsu Japan Open final
Accord reached to end Los Angeles school strike
Fit for a king: Charles's new tailor
City pilot project frees buses
Insight: How Ukraine's drones got smarter
Element of surprise: Carlsen's opening stuns Gukesh
Crown estate profits doubled
Noah Lyles eyes 100m record
Sequoia raises $950 million fund
Tundra fires release ancient carbon
Patrol officers honored
Swift response saves hikers
Alto sax legend dies
Every vote counts: carry on voting
Outback station changes hands
Legacy of Hiroshima survivors
Forester plants 40,000 oaks
Triton submarine dives to trench
Mirage of peace in Gaza
Lancer regiment marks 200 years
Colt makers CZG lifts forecast
Ranger killed in avalanche
Explorer's ship found in Antarctic
Golf: Scheffler wins again
Polo: Prince plays in charity match
Cruise ship stuck off Greenland
Rams edge Seahawks; Ram sold at record price
豊田市美術館で現代アート展
日野市のサル、捕獲に成功
川崎の工業地帯で夜景クルーズ
川崎重工、潜水艦の裏金問題で処分
三菱電機、空調子会社を統合
三菱重工、護衛艦を豪州へ
三菱ケミ、化学品再編
三菱UFJ、最高益2兆円
三菱商が大幅安、洋上風力撤退で
ヤマハ、純利益4割減 ピアノ不振
スズキさん(仮名)38歳、年収を語る
【釣果】浦安沖のスズキ、ナイトで爆釣
スズキ80センチを神奈川の高校生が釣る
旬のスズキを楽しむ、塩釜焼きの作り方
スズキのポワレとシャルドネ
スバルの名を持つ双子、芥川賞候補に
「昴」と書いてスバル 名付けランキング
マツダ開幕戦、チケット争奪戦
黒田氏、マツダで始球式
トヨタ東日本が東北大会V 都市対抗予選
トヨタが2連敗 リーグワン第3節
日野レッドドルフィンズ、リーグワン2部昇格ならず
アイシン、男子プロバスケで首位
デンソー女子陸上、主将が語る再起
SUBARU、8強入り 社会人野球
三菱自動車岡崎、延長十回サヨナラ
日本製鉄とホンダが決勝で激突 都市対抗
鈴鹿8耐、ヤマハが転倒から追い上げ3位
F1日本GP、角田が地元で入賞逃す ホンダ社長も観戦
ル・マン、フェラーリ3連覇 トヨタ5位
WECバーレーン、トヨタ1-2で締めくくり
スーパーフォーミュラ、ホンダの太田が2勝目
プリウスとバイク衝突、男子大学生死亡
ホンダ車が中央分離帯に衝突、男女4人けが
レクサスで暴走、男に懲役20年判決
アルファード盗難、海外流出の闇ルート
ランクル盗難相次ぐ 三重
日産車を運転中に心臓発作か、歩道の3人はねる
高速で逆走のトヨタ車、ドラレコが捉えた
トヨタ社員がわいせつ容疑で逮捕
元ホンダ社員の女性、古民家カフェを営む
トヨタを辞めて僧侶になった男
スズキ勤務から人気漫画家に
農業にトヨタ流、トマト収量3割増
介護界のトヨタ目指す 若き社長
「医療界のテスラ」上場へ
タミヤが新作、1/24 GRスープラ
ジムニーのミニカーが自販機で話題
GTに新車、フェアレディZほか グランツーリスモ
頭文字Dのハチロク、群馬でファン集う
芸能人の愛車拝見、今回はランクル60
結婚式場までセンチュリーで送迎
日経平均続伸、一時5万2000円 トヨタ・ファストリが高い
東証前引け 反落、トヨタやSBGが重荷
日経平均寄与度ランキング、トヨタは4位
あすの決算 トヨタ・任天堂・三菱商事
NISAで人気の銘柄1位は三菱UFJ、2位トヨタ
個人投資家が買った株 NTT、トヨタ、日産
株価材料 トヨタ、NTT、三菱重工 (10日)
キアヌ・リーブス来日
キア・ピアース、最新アルバム
フォードの「捜索者」を4Kで
テスラの発明を巡る評伝
ノート型PC、AIで復権
フィットネスの新規出店
パスポート取得費用、全額補助
オデッセイ号、月面着陸から1年
マーチ育英会が奨学生募集
クラウンプラザが開業
アクア水族館、来館100万人
ハリアー戦闘機が退役
ムーヴメントの行方
キックス脱出ゲーム
リーフレタスが高騰
エルフの少女、アニメ化
キャンターさん92歳
ギガスクール端末更新
エクリプス開発者会議
From Toyota dealership to pastor: a convert's story
Kia dealership shooting leaves one dead in Missouri
Fire guts Honda dealership in Ohio
Toyota dealership employee steals Tundra, police say
Charity car wash at Lexus of Maplewood
Local Ford dealer donates toys
Car hits Subaru dealership showroom; driver hospitalized
トヨタ販売店の店長、横領容疑で逮捕
日産販売店に車突っ込む 客2人けが
ホンダの販売店で窃盗、タイヤ40本盗まれる
レクサス販売店に爆破予告
スズキ販売店の元社員、客の金着服か
Emperor Naruhito's motorcade Toyota Century draws Mongolian onlookers
トランプ氏来日、専用車ビースト 首相はセンチュリー
プーチン氏がモディ首相とトヨタ車に同乗
Modi, Putin share ride in Toyota Fortuner
俳優・反町隆史、愛車遍歴でランクルを語る
大谷翔平の愛車はポルシェ 真美子夫人に贈る
Ohtani gifts Porsche to Kelly's wife
Cadillac of toothbrushes goes on sale
Where to stay near Toyota Stadium
Honda Jet crash in Utah: pilot error, NTSB
Tesla shares wobble Wall Street; Nvidia leads rebound
Nvidia leads Nasdaq higher
S&P 500 ends up as Tesla, Nvidia gain
Ford's theatre marks Lincoln's birthday
The Accord and the City: Bengaluru's truce
Ford County fair queen crowned
Mercedes F1's Antonelli wins in Brazil
Hamilton, once of Mercedes, says Ferrari move right
Russell on pole for Mercedes in Singapore
BMW Championship: Scheffler chips in
メルセデスのラッセルが優勝、角田は12位
F1シンガポール、メルセデスが1位
安倍元首相銃撃、山上被告「スズキの軽で下見」
西武・高橋光成がポルシェで事故
トヨタ自動車ヴェルブリッツの新主将に姫野
三菱電機が名古屋ダイヤモンドドルフィンズに出資
日立Astemoリヴァーレ、開幕2連敗
パナソニック・パンサーズ改め大阪ブルテオン首位
デンソー女子バスケが皇后杯V
ジヤトコがJABA静岡大会で優勝
ヤマハ野球部が日本選手権2連覇狙う
ホンダ女子ソフト、開幕白星
JFE東日本がSUBARUを破る
東芝、トヨタ下し初の4強 都市対抗
ENEOS、Honda熊本に逆転
日産野球部16年ぶり復活、初戦飾れず
養殖スズキ、輸出額が過去最高に
天然スズキのポワレ、浜名湖の旬を味わう
V6とスーパーチャージャー、新型SUVに搭載
Panasonic recalls 80,000 hair dryers in Europe
錦織、逆転で2回戦へ 大会協賛の日産は車両を提供
いすゞ自動車跡地に道の駅の計画
Kia Boys copycats sentenced to jail
Chef wins third star at Lexus-sponsored dinner
""".strip().splitlines()

COMPANIES = """
スズキ、養殖事業者向けに軽トラを発売|suzuki
Honda EVs gain access to Superchargers|honda
日産、国内2工場閉鎖へ 1万人削減|nissan
日産1万人削減へ|nissan
日産自、追浜工場の生産終了|nissan
豊田通商、ケニアで太陽光発電|toyota_tsusho
Toyota Industries buyout: Elliott raises stake|toyota_industries
日野自動車、羽村工場をトヨタに移管|hino toyota
カワサキ、Ninja ZX-10R 2026年モデル発売|kawasaki_motors
Yamaha recalls 12,000 scooters in Japan|yamaha_motor
ｽｽﾞｷ、インドで新工場 年産100万台|suzuki
Subaru recalls Outback over seat belt|subaru
Maruti's new Swift hits showrooms|suzuki
Nissan Rogue PHEV priced from $45,990|nissan
新型リーフ、航続702キロに|nissan
GM to supply batteries to Hyundai|gm hyundai_kia
SAIC and Volkswagen extend joint venture|saic volkswagen
三菱自、ホンダ・日産統合に参加見送りへ|honda mitsubishi_motors nissan
Mitsubishi and Nissan to share a kei EV platform|mitsubishi_motors nissan
BYD overtakes rival Toyota in Singapore|byd
元日産社長、鴻海のEV事業トップに|foxconn
ソニー・ホンダ、アフィーラ1の納車開始|sony_honda
パナソニックエナジー、カンザス工場の稼働延期|panasonic
出光とトヨタ、全固体電池の量産へ|idemitsu toyota
Xiaomi YU7 electric SUV delayed|xiaomi
ティアフォー、ロボタクシーを東京で開始|tier_iv
Lexus cuts EV range in Europe|toyota
アキュラ、新型SUVを北米投入|honda
Infiniti dealers ask for hybrids|nissan
UDトラックス、大型EVを発売|isuzu
Ford, unlike Toyota, halts its hybrid|ford
Toyota approaches Nissan after Honda deal died|nissan toyota
Mitsubishi Grandis is a Captur in disguise, Renault supplies it|mitsubishi_motors renault
Honda and Isuzu test fuel-cell truck in Tochigi|honda isuzu
Denso to supply Toyota with in-house inverters|denso toyota
BMW picks Aisin e-axle|aisin bmw
Panasonic Energy and Mazda delay cylindrical cell plan|mazda panasonic
Honda to make Astemo subsidiary with 61% stake|astemo honda
Nvidia, Uber and Stellantis to build 5,000 robotaxis|nvidia stellantis
CATL and Stellantis break ground in Zaragoza|catl stellantis
Foxconn's chair says stake in Nissan possible, if asked|foxconn nissan
Subaru borrows Toyota hybrid know-how for Forester|subaru toyota
Mazda, Toyota to idle joint Alabama plant for two weeks|mazda toyota
トヨタ・日産・ホンダ、10月の米販売そろって減|honda nissan toyota
日産とウーバー、自動運転で提携 東京で実証|nissan
三菱自「日産の軽EV供給は続く」|mitsubishi_motors nissan
デンソー、豊田織機株を売却|denso toyota_industries
BMW to undercut Tesla with entry-level Neue Klasse sedan|bmw
GM hires former Tesla, Toyota executives to lead software push|gm
Kia Tasman aims squarely at HiLux and Ranger buyers|hyundai_kia
Hyundai overtakes Honda... Georgia plant to add hybrids like those of Toyota|hyundai_kia
Stellantis bets on hybrids, taking a page from Toyota's book|stellantis
Chery's Jaecoo 7 outsells Mazda in UK as Chinese brands surge|chery
Xiaomi YU7 takes aim at Tesla Model Y with lower price|xiaomi
GWM Tank 300 diesel targets Prado buyers in Australia|great_wall
BYD Shark 6 ute threatens Ranger and HiLux dominance|byd
Zeekr 9X starts at half the price of a Range Rover|geely
Honda adopts Tesla-style gigacasting for Ohio EV lines|honda
Nissan turns to BYD-like speed in China with N6|nissan
Mazda keeps faith in rotary as rivals go electric|mazda
Subaru eyes Toyota-like hybrid margins, CFO says|subaru
Suzuki sees off Tata, Mahindra to hold 40% of India|suzuki
米で売れるトヨタHV、テスラをしのぐ人気|toyota
ホンダ、スズキに次ぐ3位 9月の軽販売|honda
ダイハツ「ムーヴ」がN-BOXを抑え首位|daihatsu
BYD、日産サクラの対抗馬 軽EV発表|byd
ヒョンデ、テスラに続き日本で直販|hyundai_kia
シャオミ新型EV、テスラ「モデルY」より安く|xiaomi
テスラ、トヨタを抜く時価総額の裏側|tesla
GM、トヨタに追随しHV回帰|gm
米フォード、トヨタ流の生産改革|ford
VW、中国でBYDに首位奪われ3位|volkswagen
ステランティス次期CEO、元日産幹部も候補|stellantis
現代自、トヨタに次ぐ世界3位を維持|hyundai_kia
日産・ホンダ、米で共同生産を協議|honda nissan
スズキ、トヨタからHVの供給受ける 欧州向け|suzuki toyota
マツダとトヨタの米合弁、人員増強|mazda toyota
スバル、トヨタ向けEVを群馬で生産|subaru toyota
パナエナジー、スバル向け電池の工場を大泉町に|panasonic subaru
マツダ、デンソーと電動アクスル開発|denso mazda
Pony.ai rolls out Toyota bZ4X robotaxis in Shenzhen|toyota
Toyota, Waymo team up on personal self-driving cars|toyota waymo
Uber, Wayve and Nissan... Tokyo robotaxi pilot|nissan
英ウェイブ、日産車に自動運転ソフト 27年度|nissan
Toyota taps Nvidia chips for driver-assist|nvidia toyota
Helm.ai, Honda deepen self-driving software work|honda
Renault, Nissan, Mitsubishi redraw alliance pact|mitsubishi_motors nissan renault
ルノーと日産、出資比率の下限引き下げ|nissan renault
CATL to supply Toyota's Thai hybrids|catl toyota
スズキ、BYDから電池調達 eビターラ用|byd suzuki
Tesla asks Panasonic to speed 4680 output|panasonic tesla
Toyota raises buyout price for Toyota Industries to 18,800 yen|toyota toyota_industries
Toyota, Idemitsu win METI nod for solid-state plant|idemitsu toyota
Toyota, Daihatsu show kei-sized EV van|daihatsu toyota
Daihatsu scandal: Toyota names Inoue to lead minicar unit|daihatsu toyota
Mazda Toyota Manufacturing pauses CX-50 line in Huntsville|mazda toyota
GAC-Toyota's bZ3X tops China foreign EV chart|gac toyota
Honda, Nissan end $60 bln merger talks|honda nissan
Mitsubishi weighs staying out of Honda-Nissan holding company|honda mitsubishi_motors nissan
Honda buys buildings of LG Ohio battery venture for $2.9 billion|honda
Honda cuts North America output in half on Nexperia shortage|honda nexperia
Renault to cut Nissan stake further, takes 9.5 billion euro charge|nissan renault
Dongfeng Nissan's N7 sells 10,000 in a month|dongfeng nissan
Nissan, Dongfeng to ship China-made N6 to Thailand|dongfeng nissan
Foxconn's Seki says door open to Nissan cooperation|foxconn nissan
Mitsubishi may build SUV with Nissan in Tennessee|mitsubishi_motors nissan
Changan Mazda opens orders for EZ-60|changan mazda
Subaru, Toyota EV twins Trailseeker and bZ Woodland priced|subaru toyota
Suzuki to supply electric SUV to Toyota|suzuki toyota
Mitsubishi Motors taps Foxtron to build EV for Oceania|foxconn mitsubishi_motors
Nissan to fold Jatco into core, source says|jatco nissan
Panasonic asked by Tesla to make cobalt-free cells in Kansas|panasonic tesla
Nissan's biggest lighting supplier Marelli files for bankruptcy|marelli nissan
Geely takes 26% of Renault Brazil|geely renault
Volkswagen and XPeng deepen chip tie-up|volkswagen xpeng
GAC Honda to halt oldest Guangzhou plant|gac honda
SAIC-GM extends joint venture beyond 2027|gm saic
GM and Hyundai to co-develop five vehicles|gm hyundai_kia
Nvidia's Alpamayo to debut in Mercedes CLA|mercedes nvidia
Toyota, Nissan and Honda face profit squeeze as tariffs bite|honda nissan toyota
Ford and Renault to team up on small EVs|ford renault
トヨタ、豊田織機のTOB価格1万8800円に引き上げ|toyota toyota_industries
トヨタと出光、全固体電池で経産省認定|idemitsu toyota
トヨタ・マツダ・スバル、新エンジンで共闘|mazda subaru toyota
トヨタ・スズキ・ダイハツ、軽商用EVを発売|daihatsu suzuki toyota
日野、トヨタの連結から外れる|hino toyota
トヨタ、デンソー株を一部売却|denso toyota
トヨタ、ホンダ、日産の中国販売そろって減|honda nissan toyota
ホンダと日産、次世代車載ソフトの共通化で協議|honda nissan
ホンダ・日産の統合協議打ち切りを発表|honda nissan
アステモ、ホンダの子会社に|astemo honda
広汽ホンダ、旧工場を閉鎖|gac honda
ルノー、日産株を信託へ移管|nissan renault
三菱自、日産と北米で共同生産検討|mitsubishi_motors nissan
ホンダ・日産・三菱自、ソフト連携は継続|honda mitsubishi_motors nissan
長安マツダの「EZ-60」、1時間で1万台予約|changan mazda
スズキ、eビターラをトヨタにOEM供給|suzuki toyota
三菱自、鴻海系からEV調達|foxconn mitsubishi_motors
日野とふそう統合の「アーチオン」、4月発足|archion hino mitsubishi_fuso
日野・三菱ふそう、統合最終契約|hino mitsubishi_fuso
三菱ふそう、鴻海とEVバス新会社|foxconn mitsubishi_fuso
日産系ジヤトコ、英国でeアクスル生産|jatco nissan
パナソニック、テスラ向け電池の米生産を拡大|panasonic tesla
マツダ、パナエナジーから円筒形電池|mazda panasonic
GMと現代自、5車種を共同開発|gm hyundai_kia
軽EV「サクラ」「eKクロスEV」、NMKVが累計10万台|mitsubishi_motors nissan
広汽トヨタ、鉑智7を発売 ファーウェイのOS搭載|gac toyota
東風日産、N7が月1万台|dongfeng nissan
東風ホンダ、武漢の工場を休止|dongfeng honda
デンソー株がストップ安 日経平均から除外の公算|denso
Marelli leaves Chapter 11 as hedge funds circle the rest|marelli
空売り投資家、ニデックの不適切会計を追及|nidec
事業再生ADRのマレリ、債権者集会を延期|marelli
GM hires battery chief as EV plant slows|gm
Chargers for GM electric trucks double in Texas|gm
ヤマ発、インドで2輪の新工場|yamaha_motor
パナ、車載電池の北米工場を増強|panasonic
川崎重、二輪の北米販売が回復|kawasaki_motors
川崎重、潜水艦を進水|
スズキの2輪、ホンダとの差縮まる|suzuki
BYDの電動軽、首位の日産に迫った|byd
軽はスズキ、ダイハツ、ホンダなどがほぼ独占 BYDが切り込む|byd
BYDの軽、スズキ、ダイハツなどがほぼ独占する市場に挑む|byd
Honda Civic, up close|honda
Up close: Toyota Corolla|toyota
トヨタ『プリウス』に乗る|toyota
Elliott rejects improved Toyota Industries bid and floats its own plan|toyota_industries
Storm wrecks Toyota engine works in Brazil|toyota
Triton gets bigger diesel|mitsubishi_motors
Nissan cashes in its harbourfront HQ|nissan
Yamaha's Tracer 7 gets the automated clutch|yamaha_motor
Jatco's nine-speed lands first order outside the Nissan family|jatco
Kawasaki, Yamaha and Mitsubishi at odds|kawasaki_motors mitsubishi_motors yamaha_motor
Kawasaki, Yamaha, Mitsubishi and Hino at odds|hino kawasaki_motors mitsubishi_motors yamaha_motor
Six Nissans and a tariff|nissan
Former Hino engineers indicted over falsified engine data|hino
日野自動車の元技術者、排ガスデータ改ざんで起訴|hino
Former Hino engineer starts a vineyard|
""".strip().splitlines()


@pytest.mark.parametrize("title", NOT_COMPANIES)
def test_a_namesake_is_no_company(title: str) -> None:
    assert built_in().tag(title, "", lang="").subjects == ()


@pytest.mark.parametrize("line", COMPANIES)
def test_a_company_is_found_by_any_of_its_names(line: str) -> None:
    title, _, companies = line.partition("|")
    assert sorted(built_in().tag(title, "", lang="").subjects) == companies.split()


@pytest.mark.parametrize(
    ("title", "topics"),
    [
        ("Honda cuts full-year profit forecast on US tariffs", {"earnings", "tariffs_trade"}),
        ("ホンダ、通期予想を下方修正 米関税が響く", {"earnings", "tariffs_trade"}),
        ("Nissan and Honda call off merger talks", {"mergers_alliances"}),
        ("日産、希望退職を募集", {"restructuring"}),
        ("マツダ、全固体電池を共同開発", {"battery", "mergers_alliances"}),
        (
            "Hino admits falsifying emissions data on trucks",
            {"commercial_vehicle", "compliance_legal"},
        ),
        ("国交省、トヨタのリコールを受理 エアバッグに不具合", {"recall_safety"}),
        ("スズキの二輪、インドで増産", {"motorcycle", "production"}),
        ("Toyota names new CEO", {"leadership"}),
        ("トヨタ労組、賃上げ満額を要求", {"labor"}),
        ("Honda returns to F1 as engine supplier", {"motorsport"}),
        ("豊田自動織機、燃料電池フォークリフトを公開", {"hydrogen"}),
    ],
)
def test_topics_of_a_headline(title: str, topics: set[str]) -> None:
    assert topics <= set(built_in().tag(title, "", lang="").topic_ids)


@pytest.mark.parametrize(
    ("title", "relevant"),
    [
        ("Japan's automakers brace for 25% tariff", True),
        ("新車販売、9月は3%増 軽は2カ月連続減", True),
        ("BYDジャパン、国内で値下げ", True),
        ("JTEKT cuts profit forecast", True),
        ("Tesla recalls 2 million vehicles in US", False),
        ("中国新車販売、9月は12%増", False),
        ("独VW、本国で希望退職8000人", False),
        ("東名で大型トラックなど5台絡む事故、2人軽傷", False),
        ("Sunny spells to return this weekend", False),
    ],
)
def test_news_of_japans_car_industry_is_told_from_other_news(title: str, relevant: bool) -> None:  # noqa: FBT001  # a column of the table above
    tags = built_in().tag(title, "", lang="")
    assert tags.relevant is relevant
    assert tags.reasons[0].startswith("relevant:" if relevant else "not relevant:")


def test_an_article_is_about_those_it_leads_with_and_mentions_the_rest() -> None:
    body = (
        "Toyota approached Nissan about a tie-up. Nissan declined to comment. Toyota said talks "
        "with Nissan were natural. " + "Analysts see a wave of alliances in the industry. " * 8
    )
    tags = built_in().tag("Toyota sounds out Nissan", body + "BYD sold more.", lang="en")
    assert set(tags.subjects) == {"toyota", "nissan"}
    assert [t.company for t in tags.companies if t.role is Role.MENTION] == ["byd"]


def test_the_evidence_names_the_rule_the_words_and_their_place() -> None:
    tags = built_in().tag("Ford beats rival Toyota in hybrids", "Nissan cut output.", lang="en")
    ford, nissan, toyota = tags.companies
    assert (ford.company, ford.evidence[0].where, ford.evidence[0].start) == ("ford", "title", 0)
    assert (nissan.company, nissan.evidence[0].where, nissan.evidence[0].start) == (
        "nissan",
        "summary",
        0,
    )
    assert toyota.evidence[0].rule == "name Toyota, only compared (rival)"
    assert toyota.evidence[0].words == "Toyota"


def test_a_refusal_says_what_the_name_means_instead() -> None:
    tags = built_in().tag("Lexus Arena sells out", "", lang="en")
    assert tags.companies == ()
    assert "not Toyota: “Lexus” is a venue, event or sponsor's cup, not the company" in tags.reasons


@pytest.mark.parametrize(
    ("title", "company"),
    [
        ("BYD's showrooms now sell three times Honda's volume in Thailand", "byd"),
        ("Volkswagen closes in on Toyota's lead", "volkswagen"),
        ("Chery is still half the Suzuki price in Chile", "chery"),
        ("BMW's recall is the year's third after Toyota and Honda", "bmw"),
        ("Xpeng raises prices after Toyota, Nissan", "xpeng"),
        ("Ford is behind only Toyota and Honda in hybrids", "ford"),
        ("Daimler Truck cuts jobs; sold Fuso to Archion last year", "daimler_truck"),
        ("吉利、EV販売でホンダの5倍に", "geely"),
        ("BYD、価格はトヨタの3分の1", "byd"),
        ("長安、スズキ抜く 豪州市場", "changan"),
        ("広汽、純利益でスバルの半分", "gac"),
        ("上汽、マツダの販売網をしのぐ規模に", "saic"),
    ],
)
def test_a_yardstick_is_no_subject(title: str, company: str) -> None:
    tags = built_in().tag(title, "", lang="")
    assert tags.subjects == (company,)
    assert any(t.role is Role.MENTION for t in tags.companies)


@pytest.mark.parametrize(
    ("title", "companies"),
    [
        ("Foxconn buys half of Nissan's Oppama plant", {"foxconn", "nissan"}),
        ("Honda halts line after Nissan supplier fire", {"honda", "nissan"}),
        ("トヨタの元町工場が再稼働", {"toyota"}),
        ("日産の元本社、ホテルに改装", {"nissan"}),
        ("Denso shares slump on forecast cut as Nikkei closes higher", {"denso"}),
        ("Leaf and Ariya output to move", {"nissan"}),
    ],
)
def test_what_only_looks_like_a_comparison_or_a_share_is_news(
    title: str, companies: set[str]
) -> None:
    assert set(built_in().tag(title, "", lang="").subjects) == companies


@pytest.mark.parametrize(
    "title",
    [
        "Tundra Insurance agrees merger",
        "Corolla Holdings names new chief executive",
        "プリウス証券、ネット専業に転換",
        "お笑いコンビ「シビック」解散へ",
        "スズキ理容室、70年の歴史に幕",
        "純喫茶スバル、今月で閉店",
        "三菱自水島製作所近くの交差点で自転車はねられる",
        "Hino bus plunges into gorge, 12 dead",
        "スズキ自動車整備会社社長を逮捕",
        "日経平均反落、トヨタやホンダに売り",
        "Leaf study: how Kicks of wind fit Rogue waves",
    ],
)
def test_shops_stages_and_landmarks_are_no_news_of_a_company(title: str) -> None:
    tags = built_in().tag(title, "", lang="")
    assert (tags.subjects, tags.relevant) == ((), False)


@pytest.mark.parametrize(
    ("title", "company"),
    [
        ("Three Camrys and a Corolla recalled over loose bolts", "toyota"),
        ("CX-60s wait at the docks for a software fix", "mazda"),
        ("Tacomas, Tundras share a recall", "toyota"),
        ("Civics sold as hybrids pass a million", "honda"),
        ("Rogues leave Smyrna for dealers again", "nissan"),
        ("Foresters gain a hybrid drivetrain", "subaru"),
    ],
)
def test_several_cars_of_a_model_are_that_model(title: str, company: str) -> None:
    assert built_in().tag(title, "", lang="").subjects == (company,)


@pytest.mark.parametrize(
    "title", ["Chargers outlast Raiders", "Rangers sweep Astros", "Notes on a scandal"]
)
def test_a_plain_word_with_an_s_is_no_model(title: str) -> None:
    assert built_in().tag(title, "", lang="").subjects == ()


@pytest.mark.parametrize(
    ("title", "summary", "company"),
    [
        ("MG4 priced lower than a Nissan Leaf in Chile", "", "saic"),
        ("Subaru's electric SUV outruns its Toyota twin", "", "subaru"),
        ("BMW's new X1 squares up to Lexus", "", "bmw"),
        ("Honda lifts prices in Canada", "Mazda and Subaru have not followed.", "honda"),
        ("Isuzu takes orders for an electric pickup", "It goes up against Toyota.", "isuzu"),
        ("Geely opens a plant in Brazil", "Chery did the same last year.", "geely"),
        ("Ford adds a small pickup", "It is priced close to Nissan's in Mexico.", "ford"),
        ("Chery grows in South Africa on the back of brands such as Suzuki", "", "chery"),
    ],
)
def test_whoever_is_only_measured_against_is_no_subject(
    title: str, summary: str, company: str
) -> None:
    assert built_in().tag(title, summary, lang="").subjects == (company,)


@pytest.mark.parametrize(
    ("title", "companies"),
    [
        ("Japanese carmakers like Mazda and Subaru face a bigger levy", {"mazda", "subaru"}),
        ("Suppliers such as Aisin and Denso pass on costs", {"aisin", "denso"}),
        ("Mayor greets Toyota's investment in Kentucky", {"toyota"}),
        ("Startup wants to make rockets like Toyota makes cars", set()),
        ("The robot behaves like Honda's Asimo", set()),
        ("SAIC enters what was the turf of Isuzu and Toyota", {"saic"}),
        ("GWM raises prices; Isuzu and Mitsubishi Motors have not followed", {"great_wall"}),
    ],
)
def test_examples_are_told_from_likenesses(title: str, companies: set[str]) -> None:
    assert set(built_in().tag(title, "", lang="").subjects) == companies


@pytest.mark.parametrize(
    "title",
    [
        "Honda showroom robbed by masked men",
        "Couple lives in Toyota Sienna to save for a house",
        "Raccoon gets stuck in Mazda, chews seats",
        "Toyota into the knockout stage after a penalty shootout",
        "Denso through to semi final on penalties after extra time",
        "New pavilion in the park is named after Honda",
        "Texas Ranger injured as SUV flips near Waco",
        "Lexus Realty opens second office",
        "Mazda dealership donates coats to a charity",
        "Toyota and Okazaki mayors agree on a flood plan",
        "Hino board of education picks new lunches",
        "Nissan grant pays for robots, students say",
        "Subaru wagon hits deer, driver unhurt",
        "Dow falls 200 points as Toyota ADRs slip",
        "Yamaha rider market stirs again",
        "ホンダ販売会社、車いすを寄贈",
        "女優がマツダの新CM発表会に登壇",
        "スペーシアX、増便へ",
    ],
)
def test_everyday_life_with_a_car_is_no_news_of_its_maker(title: str) -> None:
    tags = built_in().tag(title, "", lang="")
    assert (tags.subjects, tags.relevant) == ((), False)


@pytest.mark.parametrize(
    ("title", "companies", "topics"),
    [
        ("Parts shortage derails Honda's hybrid launch", {"honda"}, {"hybrid"}),
        ("Cost overruns derail Mazda's EV launch", {"mazda"}, {"ev"}),
        ("Strike threatens to derail Toyota's Kentucky ramp-up", {"toyota"}, {"labor"}),
        ("AFL-CIO: Honda workers sign union cards", {"honda"}, {"labor"}),
        ("AFL-CIO endorses workers in Honda organizing drive", {"honda"}, {"labor"}),
        ("Toyota's Woven retools for grand final test", {"toyota"}, {"production"}),
        ("Mazda gains extra time to fix recall", {"mazda"}, {"recall_safety"}),
        ("トヨタ、東大に寄付講座 全固体電池を研究", {"toyota"}, {"battery"}),
        ("Toyota donates patents to open pool", {"toyota"}, set()),
        ("ホンダ、新CMでN-BOX訴求 販売てこ入れ", {"honda"}, set()),
        ("Denso opens lab in Ota ward, Tokyo", {"denso"}, set()),
        ("京都のホンダ販売店に補助", {"honda"}, set()),
        (
            "Toyota to build Tundra trucks and Hino heavy-duty trucks in Texas",
            {"toyota", "hino"},
            {"commercial_vehicle"},
        ),
    ],
)
def test_words_of_everyday_life_in_news_of_a_maker(
    title: str, companies: set[str], topics: set[str]
) -> None:
    tags = built_in().tag(title, "", lang="")
    assert tags.relevant
    assert set(tags.subjects) == companies
    assert topics <= set(tags.topic_ids)


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("日産、赤字に転落", {"into_the_red"}),
        ("日産、2期連続の赤字", {"into_the_red"}),
        ("日産、最終赤字6708億円", {"into_the_red"}),
        ("日産、赤字解消へ", set()),
        ("日産、最終赤字が縮小", set()),
        ("日産、黒字に転換", {"back_to_profit"}),
        ("日産、黒字に届かず", set()),
    ],
)
def test_a_loss_that_ends_is_no_loss_and_a_profit_missed_no_profit(
    title: str, told: set[str]
) -> None:
    reading = built_in().read(title, "", lang="ja")
    assert reading.concepts & {"into_the_red", "back_to_profit"} == told


@pytest.mark.parametrize(
    ("title", "lang", "companies"),
    [
        ("Yamaha hands its M1 a V4", "en", {"yamaha_motor"}),
        ("Guangqi Honda closes a line", "en", {"gac", "honda"}),
        ("Cell maker Panasonic, gearbox maker Jatco cut shifts", "en", {"jatco", "panasonic"}),
        ("Nidec boss rebuilds trust", "en", {"nidec"}),
        ("Denso offers early retirees two years' pay", "en", {"denso"}),
        ("Hilux Champ wins over farmers", "en", {"toyota"}),
        ("ルークス、発売1カ月で1万台受注", "ja", {"nissan"}),
        ("クロスビー、抽選販売へ", "ja", {"suzuki"}),
        ("パナエナ、米新工場で量産", "ja", {"panasonic"}),
    ],
)
def test_words_of_the_trade_vouch_for_a_shared_or_plain_name(
    title: str, lang: str, companies: set[str]
) -> None:
    assert set(built_in().tag(title, "", lang=lang).subjects) == companies


@pytest.mark.parametrize(
    ("title", "relevant"),
    [
        ("Kei trucks find buyers in Texas", True),
        ("Ride-hailing rules loosened in Tokyo", True),
        ("Bosch trims jobs at its Japan unit", True),
        ("Japanese makers of trucks fear a new levy", True),
        ("Hydrogen stations close across Japan", True),
        ("Rengo: pay round won by car unions", True),
        ("Autobacs plans a new name", True),
        ("CHAdeMO plugs give way to rivals", True),
        ("Hydrogen taxis take to Tokyo's roads", True),
        ("Japanese suppliers in Ohio put off hiring", True),
        ("Suspect held over car theft in Niigata", False),
        ("Food trucks gather in Japan for a festival", False),
        ("Bosch dishwashers return to Japan", False),
    ],
)
def test_the_market_is_known_without_a_company(title: str, relevant: bool) -> None:  # noqa: FBT001  # a column of the table above
    assert built_in().tag(title, "", lang="en").relevant is relevant


@pytest.mark.parametrize(
    ("title", "companies"),
    [
        ("Mazda restarts Hofu after typhoon", {"mazda"}),
        ("Subaru to idle Yajima", {"subaru"}),
        ("Daihatsu reopens Ryuo on Monday", {"daihatsu"}),
        ("Honda closes Sayama for good", {"honda"}),
        ("Honda of Sayama wins the cup", set()),
        ("Waymo begins mapping central Tokyo streets", {"waymo"}),
        ("Fuso to cut 300 jobs in Kawasaki", {"mitsubishi_fuso"}),
        ("Bus maker to hire 200 workers in Hino", set()),
        ("Toyota to lift stake in Hino", {"hino", "toyota"}),
        ("Data centre opens in Toyota", set()),
        ("地震でホンダ熊本が停止", {"honda"}),
        ("Honda熊本が8強", set()),
        ("Investors lose faith in Suzuki", {"suzuki"}),
    ],
)
def test_places_where_something_is_or_is_done(title: str, companies: set[str]) -> None:
    assert set(built_in().tag(title, "", lang="").subjects) == companies


@pytest.mark.parametrize(
    ("title", "companies"),
    [
        ("フィット、国内生産を終了へ", {"honda"}),
        ("「タント」、認証不正で出荷停止", {"daihatsu"}),
        ("リーフ、米国での販売を打ち切り", {"nissan"}),
        ("アクア、6年ぶり全面改良", {"toyota"}),
        ("ノート、書き方のこつ", set()),
        ("ノートの生産終了、文具大手が発表", set()),
        ("駅前にサクラ、出荷停止の農園が寄贈", set()),
    ],
)
def test_a_plain_word_that_leads_is_a_car_if_a_cars_life_is_told_of_it(
    title: str, companies: set[str]
) -> None:
    assert set(built_in().tag(title, "", lang="").subjects) == companies


@pytest.mark.parametrize(
    "title",
    [
        "Sentra hospital merger approved",
        "Crosstrek trail run held in Vermont",
        "Baleno ski jacket recall",
        "ヤリス村の農民、土地を巡り提訴",
        "シエンタ市の観光",
        "ルーミーな部屋、若者に人気",
        "Toyota Camry found in river; driver missing",
        "高級車レクサス20台を盗んだ疑い",
        "日産労連出身の議員が離党",
        "Ghosn's son opens restaurant",
        "豊田合成記念体育館が開館",
    ],
)
def test_cars_names_elsewhere_and_cars_stolen_or_found_are_no_news(title: str) -> None:
    tags = built_in().tag(title, "", lang="")
    assert (tags.subjects, tags.relevant) == ((), False)


@pytest.mark.parametrize(
    "title",
    [
        "ヤリスなど5車種をリコール",
        "プリウス市場投入へ",
        "トヨタ、ランクルの盗難対策を強化",
        "Toyota adds anti-theft device after Hilux thefts",
        "Cracks found in Toyota Tundra engines",
    ],
)
def test_what_only_looks_like_a_place_or_a_theft_is_news(title: str) -> None:
    assert built_in().tag(title, "", lang="").subjects == ("toyota",)


@pytest.mark.parametrize(
    ("title", "companies", "mentions"),
    [
        ("GM recalls Bolts over fire risk; Toyota not affected", {"gm"}, {"toyota"}),
        ("Ford halts two plants; Nissan unaffected", {"ford"}, {"nissan"}),
        ("ルネサス火災、ホンダが減産 トヨタは影響なし", {"honda", "renesas"}, {"toyota"}),
        ("Toyota not affected by chip shortage, CEO says", {"toyota"}, set()),
    ],
)
def test_whom_the_news_does_not_touch_is_a_mention_beside_whom_it_does(
    title: str, companies: set[str], mentions: set[str]
) -> None:
    tags = built_in().tag(title, "", lang="")
    assert set(tags.subjects) == companies
    assert {t.company for t in tags.companies if t.role is Role.MENTION} == mentions


@pytest.mark.parametrize(
    ("title", "companies"),
    [
        ("本田中国裁员两千人", {"honda"}),
        ("豐田將在美國擴大投資", {"toyota"}),
        ("本田與日產終止合併談判", {"honda", "nissan"}),
        ("馬自達推出新電動車", {"mazda"}),
        ("速霸陸電動車明年量產", {"subaru"}),
        ("7203株、年初来高値を更新", {"toyota"}),
        ("東証:7201が反発", {"nissan"}),
        ("NYSE: TM falls 3%", {"toyota"}),
        ("Carmaker (NYSE:HMC) cuts outlook", {"honda"}),
        ("7203人が参加", set()),
    ],
)
def test_chinese_names_and_codes_of_shares(title: str, companies: set[str]) -> None:
    assert set(built_in().tag(title, "", lang="").subjects) == companies


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Nissan posts loss for year to March", ["Nissan"]),
        ("Nissan to close a plant by March", ["Nissan"]),
        ("Nissan's March sales fall 12%", ["Nissan"]),
        ("Nissan revives the March as an electric car", ["Nissan", "March"]),
    ],
)
def test_a_month_is_no_model_even_beside_its_maker(title: str, words: list[str]) -> None:
    [tag] = built_in().tag(title, "", lang="").companies
    assert [each.words for each in tag.evidence] == words


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("Tokyo to scrap car acquisition tax", "mergers_alliances"),
        ("Ford posts record quarter on trucks", "commercial_vehicle"),
    ],
)
def test_what_a_headline_does_not_speak_of(title: str, topic: str) -> None:
    assert topic not in built_in().tag(title, "", lang="").topic_ids
